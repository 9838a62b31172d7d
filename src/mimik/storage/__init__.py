"""Files that are appended to by whole records, written whole or not at all, told apart, read from stores."""
