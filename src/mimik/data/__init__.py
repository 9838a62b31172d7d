"""Reading data sets in their own layouts: one file a data set."""
