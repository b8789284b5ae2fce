"""The devices that a name stands for, and what share of their memory images may take."""

import os

from moat_lab.errors import UserError

MEMORY_SHARE = 0.5
"""Of what is free on a device, that images may take; `$MOAT_LAB_MEMORY_SHARE` is another."""


def devices_of(device: str) -> tuple[str, ...]:
    """`cuda` is every GPU that is seen here: cuda:0, cuda:1 ...; any other name is one device.

    Where there is no GPU, `cuda` stays, for the training to say what is wrong with it.
    """
    if device != "cuda":
        return (device,)
    import torch

    return tuple(f"cuda:{i}" for i in range(torch.cuda.device_count())) or (device,)


def memory_share() -> float:
    """Of the device's free memory, that this process's images may take.

    Raises:
        UserError: `$MOAT_LAB_MEMORY_SHARE` is no number.
    """
    given = os.environ.get("MOAT_LAB_MEMORY_SHARE") or MEMORY_SHARE
    try:
        return float(given)
    except ValueError:
        raise UserError(
            f"MOAT_LAB_MEMORY_SHARE: a number from 0 to 1 is needed; got '{given}'\n"
            f"  it is {MEMORY_SHARE} unless set"
        ) from None
