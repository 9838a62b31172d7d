"""What is done with sound: one file a step."""
