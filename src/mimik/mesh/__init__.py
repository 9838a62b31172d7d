"""The mesh of a face: its points, and what their places say of pose, eyes and mouth."""
