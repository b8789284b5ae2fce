"""glibc keeps large temporaries instead of giving them back to the system after each use."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 1 << 30


def keep_freed_memory() -> bool:
    """Raises malloc's mmap and trim thresholds; says whether this C library has them.

    Without it the page faults of fresh activations eat up to half of a training step on a CPU.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _KEPT_BYTES)) and bool(mallopt(_TRIM_THRESHOLD, _KEPT_BYTES))


def give_freed_memory_back() -> bool:
    """What `keep_freed_memory` kept, to the system; says whether this C library could."""
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError, TypeError):
        return False
