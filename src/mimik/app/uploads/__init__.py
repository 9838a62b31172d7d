"""Files that are sent to be read."""
