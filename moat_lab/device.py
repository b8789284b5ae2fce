"""The machine: its processor, the devices that can be used here, and their memory."""

import os
import platform

from moat_lab.errors import UserError

_OUT_OF_MEMORY = (
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "ALLOCATION_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate",
)
"""Of a CPU; CUDA, NCCL; cuDNN 8; cuDNN 9 of device or host; cuBLAS; cuBLAS that finds a full card."""


def processor() -> str:
    """The processor's name, as the system gives it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def check_device(device: str) -> None:
    """Raises UserError where torch cannot reach the device."""
    import torch

    try:
        there = torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"device '{device}' cannot be used here: {str(error).splitlines()[0]}") from None
    if there.is_meta:
        raise UserError(f"device '{device}' holds no numbers\n  take cpu or cuda")


class LostContextError(RuntimeError):
    """A GPU's context broke in this process, which can compute nothing on that GPU any more."""


class CrowdedError(RuntimeError):
    """Memory ran out on a GPU that other trainings use at the same time."""


def check_context(device: str, failure: Exception) -> None:
    """Raises LostContextError where the failure left the device of no use, as a device assert does."""
    import torch

    if device.startswith("cuda"):
        try:
            torch.cuda.synchronize(device)
        except RuntimeError:
            raise LostContextError(f"{type(failure).__name__}: {failure}") from failure


def check_alone(error: str | None) -> None:
    """Raises CrowdedError where this process has only a part of its GPU."""
    if memory_fraction() < 1:
        raise CrowdedError(error)


def memory_fraction() -> float:
    """Of a GPU's memory, that this process may take; set by who starts several."""
    return float(os.environ.get("MOAT_LAB_MEMORY_FRACTION", 1))


def take_device(device: str) -> None:
    """Makes a GPU this process's own one, as far as its memory fraction goes."""
    import torch

    if device.startswith("cuda"):
        check_device(device)
        torch.cuda.set_device(device)
        torch.cuda.set_per_process_memory_fraction(memory_fraction(), device)


def out_of_memory(failure: Exception) -> bool:
    """Whether a CPU or a GPU had no memory left; torch has three classes of errors for it, and many words."""
    import torch

    if isinstance(failure, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(failure, RuntimeError) and any(words in str(failure) for words in _OUT_OF_MEMORY)


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


def default_workers(device: str) -> int:
    """One training for each core, or one on each accelerator."""
    return len(devices_of(device)) if device != "cpu" else os.cpu_count() or 1


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


def decoders() -> int:
    """How many images are decoded at a time: `$MOAT_LAB_DECODERS`, or one for each core of this process."""
    return _count("MOAT_LAB_DECODERS") or _cores()


def decoders_beside_others() -> int:
    """`decoders` of one of several processes that decode at once: each has its share of the cores.

    They are those that torchrun starts here, `$LOCAL_WORLD_SIZE`, or a study's workers, `$MOAT_LAB_WORKERS`.
    """
    processes = (_count("LOCAL_WORLD_SIZE") or 1) * (_count("MOAT_LAB_WORKERS") or 1)
    return _count("MOAT_LAB_DECODERS") or max(1, _cores() // processes)


def _count(variable: str) -> int:
    """The number in an environment variable; 0 where there is none."""
    said = os.environ.get(variable, "")
    return int(said) if said.isdecimal() else 0


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
