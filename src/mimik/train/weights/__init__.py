"""Where a network's first weights come from, if not from chance."""
