"""What can be read from a face, one file a task, and how well it is read."""
