"""(Network, recipe, seed) -> trained weights: the full training of a winner, and what it reaches."""
