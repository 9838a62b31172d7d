"""Several models joined into one: their mean or product, or a perceptron over what they say."""
