"""A recipe for a folder of classes, picked by looking at its pictures."""
