"""How fast a thing is, on a machine of any speed that does anything else."""

import time
from collections.abc import Callable


def times_as_long(work: Callable[[], object], reference: Callable[[], object], repeats: int = 3) -> float:
    """How often `reference` fits into `work`: the least processor time of each, measured in turns."""
    pairs = [(_processor_s(work), _processor_s(reference)) for _ in range(repeats)]
    return min(of_work for of_work, _ in pairs) / min(of_reference for _, of_reference in pairs)


def _processor_s(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
