"""Figures of results and of evaluations."""
