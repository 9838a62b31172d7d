"""What holds over time: people followed, values smoothed, faces at rest."""
