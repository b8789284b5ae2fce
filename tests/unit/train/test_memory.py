"""A training that runs out of memory is a failed evaluation that says which batch fits."""

import json
import subprocess
import sys

import pytest
import torch

from moat_lab.records import failure_reason
from moat_lab.train.memory import largest_batch, out_of_memory

AcceleratorError = getattr(torch, "AcceleratorError", RuntimeError)
"""New in torch 2.8."""
LIMITED = """
import json, resource, torch
from moat_lab.train import Recipe, evaluate
text = "stem(32, stride=1) | 1x mbconv @32(stride=1) for 24px"
def recipe(batch):
    return Recipe(data="digits", resolution=24, train=400, val=40, epochs=1, batch=batch, learning_rate=0.01,
        curve_points=1)
evaluate(text, recipe(8).model_copy(update={"train": 8}), 0)  # loads all libraries
taken = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize"))
resource.setrlimit(resource.RLIMIT_AS, (taken * 1024 + 300 * 2**20, resource.RLIM_INFINITY))
torch.manual_seed(3)
before = torch.random.get_rng_state()
failed = evaluate(text, recipe(400), 0)
kept = torch.equal(before, torch.random.get_rng_state())
again = evaluate(text, recipe(8).model_copy(update={"train": 16}), 0)
print(json.dumps([failed.status, failed.error.splitlines(), kept, again.status]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a process's memory is limited on Linux alone")
def test_a_training_without_memory_fails_with_advice_and_the_next_one_runs():
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, check=True)
    status, error, kept, again = json.loads(done.stdout.splitlines()[-1])
    assert status == "failed"
    reason, (said, *_) = (
        failure_reason("\n".join(error)),
        [line for line in error if "allocate memory" in line],
    )
    assert error.index(said) == error.index(reason) + 1
    words, batch = reason.split("`batch: ")
    assert words == "RuntimeError: out of memory with batch 400; of its halves, "
    assert 2 <= int(batch.split("`")[0]) < 400
    assert kept
    assert again == "ok"


@pytest.mark.parametrize(("room", "largest"), [(511, 256), (256, 256), (100, 64), (3, 2), (1, None)])
def test_the_first_half_that_fits_is_advised(room, largest):
    assert largest_batch(lambda batch: batch <= room, 512) == largest


def test_only_even_batches_are_tried_and_none_after_one_that_fits():
    tried = []
    assert largest_batch(lambda batch: tried.append(batch) or batch < 20, 150) == 18
    assert tried == [74, 36, 18]


@pytest.mark.parametrize(
    "failure",
    [
        AcceleratorError("CUDA error: out of memory\nCUDA kernel errors might be reported later"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"),
        torch.distributed.DistBackendError("NCCL error: ...\nLast error:\nCuda failure 2 'out of memory'"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=["cuda", "cudnn 8", "cudnn 9", "cublas", "full card", "nccl", "cpu"],
)
def test_libraries_say_in_words_of_their_own_that_memory_ran_out(failure):
    assert out_of_memory(failure)


def test_other_errors_are_not_those_of_memory():
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    assert out_of_memory(MemoryError())
    assert not out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not out_of_memory(RuntimeError("CUDA error: device-side assert triggered"))
    assert not out_of_memory(ValueError("not enough memory of it"))
