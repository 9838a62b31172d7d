"""Live pictures: what comes in, how it is read, what goes back."""
