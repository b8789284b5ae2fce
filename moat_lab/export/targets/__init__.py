"""One file = one target: `TARGET` says what it is and writes it."""
