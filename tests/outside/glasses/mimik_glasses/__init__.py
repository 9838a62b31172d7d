"""Adds to mimik whether a face wears glasses."""
