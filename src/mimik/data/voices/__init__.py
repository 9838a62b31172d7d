"""Readers of sets of voices: one file a data set."""
