"""The phases of a training."""
