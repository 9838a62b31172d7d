"""What is done with a face in a picture: found, cut out, judged, read."""
