"""Network -> Latency, measured once per device and conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

from moat_lab.device import check_device, out_of_memory, processor
from moat_lab.errors import UserError, did_you_mean
from moat_lab.grammar import Network, to_network
from moat_lab.measure.latency_cache import cache_latency, cached_latency
from moat_lab.measure.timing import (
    Latency,
    device_name,
    measured,
    middle,
    module_latency,
    threads_of_torch,
)
from moat_lab.ops import InputSpec, input_spec
from moat_lab.ops.inputs import Resolution

DTYPES = ("float32", "bfloat16", "float16")
LAYOUTS = {"torch": "channels_last", "onnxruntime": "contiguous"}
"""Runtime -> how images lie in memory: as trainings have them, and as ONNX has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyRequest:
    network: Network
    inputs: InputSpec
    device: str
    batch: int
    dtype: str
    threads: int
    runtime: str
    repeats: int

    def conditions(self) -> dict[str, object]:
        """All that the time may depend on, without loading torch for a processor."""
        names = ("batch", "dtype", "threads", "runtime", "repeats")
        return {
            "network": self.network.key,
            "device": device_name(self.device),
            "layout": LAYOUTS[self.runtime],
            "versions": {name: _version(name) for name in {"torch", self.runtime}},
            "resolution": self.inputs.resolution,
            "num_classes": self.inputs.classes,
            "in_chans": self.inputs.in_chans,
            **{name: getattr(self, name) for name in names},
        }


def latency(
    network: Network | str,
    device: str = "cpu",
    batch: int = 1,
    resolution: Resolution | None = None,
    dtype: str = "float32",
    *,
    threads: int = 1,
    runtime: str = "torch",
    repeats: int = 30,
    num_classes: int = 1000,
    in_chans: int = 3,
    fresh: bool = False,
) -> Latency:
    """The median of `repeats` forward passes of the network with fresh weights, after five of warm-up.

    It is kept under `cache_root()` for this device, these conditions and these versions, and measured once.

    Args:
        network: a network, its text, or a name of the ZOO.
        device: `cpu`, `cuda`, `cuda:1`; onnxruntime runs on `cpu`.
        resolution: as in `cost`.
        dtype: of weights and images: float32, bfloat16 or float16; onnxruntime takes float32.
        threads: of the runtime on the processor; torch has as many as before afterwards.
        runtime: torch or onnxruntime (the extra `onnx`).
        fresh: measures anew, and keeps that.

    Raises:
        GrammarError: the text is not a network.
        UserError: an argument is none of these, the device does not exist or has too little memory, or a
            package is missing.
    """
    network = to_network(network)
    request = LatencyRequest(
        network=network,
        inputs=input_spec(
            resolution if resolution is not None else network.resolution,
            in_chans=in_chans,
            classes=num_classes,
        ),
        device=device,
        batch=batch,
        dtype=dtype,
        threads=threads,
        runtime=runtime,
        repeats=repeats,
    )
    _check(request)
    conditions = request.conditions()
    timed = None if fresh else cached_latency(conditions)
    if timed is None:
        timed = _timed(request)
        cache_latency(conditions, timed)
    return timed


def _timed(request: LatencyRequest) -> Latency:
    try:
        return RUNTIMES[request.runtime](request)
    except (MemoryError, RuntimeError) as failure:
        if not out_of_memory(failure):
            raise
        smaller = f"batch {request.batch // 2}" if request.batch > 1 else "a lower resolution"
    height, width = request.inputs.resolution
    raise UserError(
        f"latency: memory for batch {request.batch} at {height}x{width} px is needed; "
        f"{request.device} has less\n  try {smaller}"
    )


def _torch(request: LatencyRequest) -> Latency:
    import torch

    from moat_lab.models import build

    inputs = request.inputs
    model = build(request.network, inputs.classes, inputs.in_chans)
    with threads_of_torch(request.threads):
        return module_latency(
            model.to(request.device, getattr(torch, request.dtype)),
            inputs.resolution,
            layout=LAYOUTS["torch"],
            in_chans=inputs.in_chans,
            batch=request.batch,
            repeats=request.repeats,
        )


def _onnxruntime(request: LatencyRequest) -> Latency:
    """The network exported as `python -m moat_lab export --to onnx` does, with norms folded."""
    from moat_lab.export import find_target
    from moat_lab.export.folding import folded
    from moat_lab.export.subject import fresh_subject

    made = fresh_subject(request.network, request.inputs)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        find_target("onnx").write(folded(made)[0], path)
        median, quartiles = middle(measured(_session(path, request), request.repeats))
    return Latency(
        latency_ms=median,
        quartiles_ms=quartiles,
        repeats=request.repeats,
        device=processor(),
        threads=request.threads,
        dtype=request.dtype,
        batch=request.batch,
        resolution=request.inputs.resolution,
        layout=LAYOUTS["onnxruntime"],
        runtime="onnxruntime",
    )


def _session(path: Path, request: LatencyRequest) -> Callable[[], object]:
    """A forward pass of the file."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = request.threads, 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    images = {
        "image": np.zeros((request.batch, request.inputs.in_chans, *request.inputs.resolution), np.float32)
    }
    return lambda: session.run(None, images)


RUNTIMES: dict[str, Callable[[LatencyRequest], Latency]] = {"torch": _torch, "onnxruntime": _onnxruntime}


MAX_THREADS = 1024


def _check(request: LatencyRequest) -> None:
    for what, given, known in (("runtime", request.runtime, RUNTIMES), ("dtype", request.dtype, DTYPES)):
        if given not in known:
            near = did_you_mean(given, known)
            raise UserError(
                f"{what}: one of {', '.join(known)} is needed; got '{given}'" + f"\n  {near}" * bool(near)
            )
    least = {"batch": 1, "threads": 1, "repeats": 2}
    for name, number in least.items():
        if getattr(request, name) < number:
            raise UserError(f"{name}: {number} or more are needed; got {getattr(request, name)}")
    if request.threads > MAX_THREADS:  # OpenMP ends the process where it has no memory for so many
        raise UserError(f"threads: at most {MAX_THREADS} can be asked for; got {request.threads}")
    if request.runtime == "onnxruntime":
        _check_onnxruntime(request)
    if request.device.partition(":")[0] not in ("cpu", "cuda"):
        raise UserError(f"device: one that is timed, cpu, cuda or cuda:1, is needed; got '{request.device}'")
    if request.device != "cpu":
        check_device(request.device)


def _check_onnxruntime(request: LatencyRequest) -> None:
    if request.device != "cpu" or request.dtype != "float32":
        raise UserError(
            f"onnxruntime is timed on cpu in float32; got {request.device}, {request.dtype}\n  or take torch"
        )
    from moat_lab.export import find_target
    from moat_lab.export.write import check

    check(find_target("onnx"), None)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
