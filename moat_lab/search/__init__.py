"""What to train next: limits, samplers, and the agenda of a search. No torch, no processes."""
