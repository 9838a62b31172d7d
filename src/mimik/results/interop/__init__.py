"""Reading and writing the results of other tools, so that their users can move over."""
