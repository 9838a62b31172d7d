"""The addresses of the server, a file for what belongs together."""
