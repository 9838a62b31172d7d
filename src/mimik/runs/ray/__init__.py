"""The executor of Ray clusters: ``pool`` gives sources to actors, ``actor`` reads them."""
