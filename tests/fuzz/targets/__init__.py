"""One file = one entry of the lab."""
