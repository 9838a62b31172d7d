"""The server: faces live in a browser, a REST API, and what is recorded. Needs the extra [app]."""
