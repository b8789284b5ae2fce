"""A latency is measured once under its conditions, and says them."""

import json
import subprocess
import sys

import pytest
import torch

from moat_lab import GrammarError
from moat_lab.device import processor
from moat_lab.errors import UserError
from moat_lab.measure import latency
from tests.forks import run_at_once

SMALL = "stem(8) | 1x mbconv+attn(window=2, head=8) @8 for 16px"


def of_small(**options):
    return latency(SMALL, **{"repeats": 3, "num_classes": 2, **options})


def test_a_latency_is_measured_once_and_comes_back_to_the_bit(cache):
    first = of_small()
    (file,) = (cache / "latency").iterdir()
    assert of_small() == first
    assert [path.name for path in (cache / "latency").iterdir()] == [file.name]
    low, high = first.quartiles_ms
    assert 0 < low <= first.latency_ms <= high
    assert (first.device, first.threads, first.dtype) == (processor(), 1, "float32")
    assert (first.batch, first.resolution, first.repeats, first.runtime) == (1, (16, 16), 3, "torch")
    assert first.layout == json.loads(file.read_text())["conditions"]["layout"] == "channels_last"


def test_it_is_measured_anew_where_that_is_asked_for():
    first = of_small()
    anew = of_small(fresh=True)
    assert anew.latency_ms != first.latency_ms
    assert of_small() == anew


@pytest.mark.parametrize(
    "change", [{"batch": 2}, {"resolution": (8, 16)}, {"threads": 2}, {"num_classes": 3}, {"in_chans": 1}]
)
def test_other_conditions_are_another_measurement(cache, change):
    of_small()
    of_small(**change)
    conditions = [json.loads(file.read_text())["conditions"] for file in (cache / "latency").iterdir()]
    name, value = next(iter(change.items()))
    value = list(value) if isinstance(value, tuple) else value
    assert sorted([one[name] == value for one in conditions]) == [False, True]


def test_a_damaged_file_is_measured_again(cache):
    first = of_small()
    (file,) = (cache / "latency").iterdir()
    for damage in ("", "[]", '{"latency": {"latency_ms": 1}}', '{"latency": 3}'):
        file.write_text(damage)
        assert of_small().repeats == first.repeats
    assert of_small().latency_ms == json.loads(file.read_text())["latency"]["latency_ms"]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_is_timed_on_a_processor(dtype):
    assert of_small(dtype=dtype).dtype == dtype


def test_torch_has_its_threads_back():
    before = torch.get_num_threads()
    other = of_small(threads=before + 1)
    assert (other.threads, torch.get_num_threads()) == (before + 1, before)


def test_onnxruntime_is_timed_on_the_exported_network():
    pytest.importorskip("onnxruntime")
    timed = of_small(runtime="onnxruntime", batch=2)
    low, high = timed.quartiles_ms
    assert 0 < low <= timed.latency_ms <= high
    assert str(timed).endswith("1 thread, onnxruntime, float32, contiguous, batch 2, 16x16 px)")
    assert of_small(runtime="onnxruntime", batch=2) == timed


def test_two_processes_may_measure_the_same_at_once(cache):
    run_at_once(of_small, [(), ()])
    (file,) = (cache / "latency").iterdir()
    assert of_small().latency_ms == json.loads(file.read_text())["latency"]["latency_ms"]


def test_what_was_measured_is_read_without_torch():
    of_small()
    code = (
        f"import sys; from moat_lab.measure import latency; latency({SMALL!r}, repeats=3, num_classes=2)\n"
        "print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runtime": "onnx"}, r"runtime: one of torch, onnxruntime is needed; got 'onnx'"),
        ({"dtype": "bfloat"}, r"got 'bfloat'\n  did you mean 'bfloat16'"),
        ({"batch": 0}, "batch: 1 or more are needed; got 0"),
        ({"threads": 0}, "threads: 1 or more are needed; got 0"),
        ({"threads": 1025}, "threads: at most 1024 can be asked for; got 1025"),
        ({"threads": 10**20}, "threads: at most 1024 can be asked for; got 1"),
        ({"repeats": 1}, "repeats: 2 or more are needed; got 1"),
        ({"resolution": 0}, "an image has sides of 1 pixel or more; got 0x0"),
        ({"device": "meta"}, "device: one that is timed, cpu, cuda or cuda:1, is needed; got 'meta'"),
        (
            {"batch": 10**12},
            "memory for batch 1000000000000 at 16x16 px is needed; cpu has less\n  try batch 5",
        ),
        ({"device": "cuda:99"}, "device 'cuda:99' cannot be used here"),
        ({"runtime": "onnxruntime", "dtype": "float16"}, "timed on cpu in float32; got cpu, float16"),
    ],
)
def test_mistakes_are_users_errors_and_nothing_is_kept(cache, options, message):
    with pytest.raises(UserError, match=message):
        of_small(**options)
    assert not cache.exists()


def test_a_text_that_is_no_network_is_the_grammars_error():
    with pytest.raises(GrammarError, match="did you mean 'mbconv'"):
        latency("stem(8) | 1x mbcnv @8")
