"""What a finished run tells of itself: figures of validation, its worst errors, and a page."""
