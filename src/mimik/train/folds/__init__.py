"""A recipe trained once for each part of its people: folds, or leave one out."""
