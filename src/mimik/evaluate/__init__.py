"""How good an exported model is: scoring on a data set, a box that is off, faces at rest."""
