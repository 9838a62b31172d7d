"""A job over many sources that can be stopped and goes on."""
