"""A finished model as a folder for others: files, README, licences, figures, checksums."""
