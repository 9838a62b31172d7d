"""Training: recipe -> batches -> network -> loop -> checkpoint -> export. Needs torch."""
