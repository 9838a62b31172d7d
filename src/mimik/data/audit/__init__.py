"""What is wrong with a data set: one file a kind of finding, a page, and a list that training leaves out."""
