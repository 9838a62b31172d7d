"""Results as a paper cites them: a methods section, and its references as BibTeX."""
