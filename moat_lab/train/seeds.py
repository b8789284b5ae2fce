"""Independent random streams from one seed."""

from hashlib import sha256


def derived(seed: int, purpose: str) -> int:
    """A 63-bit seed for one purpose, unrelated to those for others; the same in every process."""
    return int.from_bytes(sha256(f"{seed}/{purpose}".encode()).digest()[:8], "big") >> 1
