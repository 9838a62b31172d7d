"""What is trained, and how: the recipe and its options."""
