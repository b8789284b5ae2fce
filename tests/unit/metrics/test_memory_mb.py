"""Peak activation memory, by hand for small networks, and against what torch keeps alive."""

import weakref

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import moat_lab
from moat_lab.metrics.memory_mb import peak, peak_memory_mb
from moat_lab.ops import Attention, Chain, Conv, Gelu, Residual, Shape

MB = 4 / 1e6


class Living(TorchDispatchMode):
    """The most elements of tensors that are alive at a time, each storage once."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[int, int] = {}
        self.most = 0

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        out = op(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, tuple | list) else (out,):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                if storage._cdata not in self.alive:
                    self.alive[storage._cdata] = storage.nbytes() // 4
                    weakref.finalize(storage, self.alive.pop, storage._cdata, None)
        self.most = max(self.most, sum(self.alive.values()))
        return out


def test_a_chain_needs_the_input_and_output_of_its_widest_step():
    chain = Chain(a=Conv(width=8), b=Gelu(), c=Conv(width=2))
    assert peak(chain, Shape(4, 10, 10)) == 100 * (8 + 8)


def test_a_shortcut_is_kept_while_its_branch_runs():
    branch = Chain(a=Conv(width=8), b=Conv(width=4))
    assert peak(branch, Shape(4, 10, 10)) == 100 * (8 + 4)
    assert peak(Residual(branch=branch), Shape(4, 10, 10)) == 100 * (4 + 8 + 4)


def test_a_projected_shortcut_is_kept_beside_the_input_of_the_first_step_alone():
    branch, shortcut = Chain(a=Conv(width=8, stride=2), b=Conv(width=6)), Conv(width=6, stride=2)
    assert peak(Residual(branch=branch, shortcut=shortcut), Shape(4, 10, 10)) == 25 * (6 + 16 + 8)


def test_attention_keeps_queries_keys_and_values_beside_its_input_or_output():
    assert peak(Attention(head=8), Shape(32, 7, 7)) == 4 * 32 * 49


@pytest.mark.parametrize(
    ("name", "expected"), [("tiny_moat_0", 13.246464), ("moat_0", 39.739392), ("moat_4", 105.971712)]
)
def test_the_zoo_needs_this_much(name, expected):
    assert peak_memory_mb(moat_lab.cost(name)) == pytest.approx(expected)


def test_it_is_in_the_cost_of_a_network_at_its_resolution():
    cost = moat_lab.cost("stem(8) | 1x mbconv @16", 32, num_classes=10, in_chans=1)
    assert cost.values["memory_mb"] == peak_memory_mb(cost) == pytest.approx(MB * (16 * 64 + 2 * 64 * 256))


@pytest.mark.parametrize("text", ["stem(8, 8) | 2x mbconv @16 | 1x mbconv @32", "stem(8) | 2x mlp @16"])
def test_torch_keeps_alive_what_the_closed_form_says_and_what_it_pads(text):
    model = moat_lab.build(text, num_classes=10).eval()
    weights = {id(t.untyped_storage()) for t in model.state_dict().values()}
    assert weights
    with torch.inference_mode(), Living() as living:
        model(torch.zeros(1, 3, 64, 64))
    closed = peak_memory_mb(moat_lab.cost(text, 64, num_classes=10)) / MB
    assert closed <= living.most <= 2 * closed
