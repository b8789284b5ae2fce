"""Whether a device can be used here, and whether its memory ran out."""

from moat_lab.errors import UserError

_TOLD = (
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "ALLOCATION_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate",
)
"""Of a CPU; CUDA, NCCL; cuDNN 8; cuDNN 9 of device or host; cuBLAS; cuBLAS that finds a full card."""


def check_device(device: str) -> None:
    """Raises UserError where torch cannot reach the device."""
    import torch

    try:
        there = torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"device '{device}' cannot be used here: {str(error).splitlines()[0]}") from None
    if there.is_meta:
        raise UserError(f"device '{device}' holds no numbers\n  take cpu or cuda")


def out_of_memory(failure: Exception) -> bool:
    """Whether a CPU or a GPU had no memory left; torch has three classes of errors for it, and many words."""
    import torch

    if isinstance(failure, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(failure, RuntimeError) and any(words in str(failure) for words in _TOLD)
