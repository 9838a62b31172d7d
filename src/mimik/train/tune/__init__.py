"""Trying many recipes of a space, and keeping the best."""
