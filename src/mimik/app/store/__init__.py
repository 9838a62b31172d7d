"""What the app keeps: sessions, markers, studies."""
