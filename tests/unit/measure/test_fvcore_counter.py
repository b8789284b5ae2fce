"""Measurements leave the model as it was and say what they depend on."""

import torch

from moat_lab import build, cost
from moat_lab.measure.fvcore_counter import fvcore_counts
from moat_lab.measure.timing import module_latency

SMALL = "stem(8) | 1x mbconv(se=0.25) @8 | 1x mbconv+attn(window=2, head=8) @16 for 16px"


def test_fvcore_counts_what_the_closed_form_says_of_tiny_moat_0():
    exact = cost("tiny_moat_0", (64, 96))
    assert fvcore_counts(build("tiny_moat_0"), (64, 96)) == (exact.macs, exact.activations)


def test_measuring_changes_neither_mode_nor_running_statistics():
    model = build(SMALL).train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    fvcore_counts(model, (16, 16))
    module_latency(model, (16, 16), repeats=2)
    assert model.training
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_a_latency_says_what_it_depends_on():
    measured = module_latency(build(SMALL, in_chans=1), (16, 24), in_chans=1, batch=2, repeats=5)
    low, high = measured.quartiles_ms
    assert 0 < low <= measured.latency_ms <= high
    assert (measured.dtype, measured.batch, measured.resolution) == ("float32", 2, (16, 24))
    assert (measured.repeats, measured.threads) == (5, torch.get_num_threads())
    assert str(measured).endswith(" torch, float32, channels_last, batch 2, 16x24 px)")
