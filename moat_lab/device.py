"""Whether a device can be used here."""

from moat_lab.errors import UserError


def check_device(device: str) -> None:
    """Raises UserError where torch cannot reach the device."""
    import torch

    try:
        there = torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"device '{device}' cannot be used here: {str(error).splitlines()[0]}") from None
    if there.is_meta:
        raise UserError(f"device '{device}' holds no numbers\n  take cpu or cuda")
