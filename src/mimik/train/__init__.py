"""Training: recipe -> inputs -> phases -> export. Needs torch."""
