"""Whether a device can be used here."""

from moat_lab.errors import UserError


def check_device(device: str) -> None:
    """Raises UserError where torch cannot reach the device."""
    import torch

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"device '{device}' cannot be used here: {str(error).splitlines()[0]}") from None
