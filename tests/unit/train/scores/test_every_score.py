"""Laws of every score there is."""

import math
import subprocess
import sys
from functools import partial

import pytest
import torch

from moat_lab.grammar import to_network
from moat_lab.numerics import deterministic
from moat_lab.tasks.classification import TASK
from moat_lab.train import SCORES, Recipe
from moat_lab.train.trainer import fresh_model

RECIPE = Recipe(
    data="digits", resolution=16, train=60, val=40, epochs=1, batch=20, learning_rate=0.1, drop_path=0.5
)
NETWORKS = (
    "stem(8) | 2x mbconv @8 for 16px",
    "stem(8) | 2x attn(head=8) @16 for 16px",
    "stem(8, 8) | 2x mlp @16 for 16px",
    "stem(8) | 1x mbconv(se=0.25)+attn(head=8, window=2) @16 | 2x attn(head=8, pos=none)+mlp @16 for 16px",
    # Ends in one pixel.
    "stem(8) | 1x mbconv @8 | 1x mbconv @8 | 1x mbconv+attn(head=8) @8(down=patch) for 16px",
)


@pytest.fixture(params=SCORES.values(), ids=SCORES)
def score(request):
    return partial(request.param, task=TASK)


@pytest.fixture(params=NETWORKS)
def text(request):
    return request.param


def started(text: str, seed: int = 0):
    with deterministic():
        return fresh_model(to_network(text), RECIPE, seed, "cpu")


def batch():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(10, 1, 16, 16, generator=generator), torch.arange(10)


def test_the_scores_are_these():
    assert list(SCORES) == ["grad_norm", "jacob_cov", "synflow"]


def test_it_is_finite_and_of_the_weights_alone(score, text):
    first, again = score(started(text), *batch()), score(started(text), *batch())
    assert isinstance(first, float)
    assert math.isfinite(first)
    assert first == again


def test_it_tells_seeds_apart(score):
    first, other = (score(started(NETWORKS[0], seed), *batch()) for seed in (0, 1))
    assert first != other


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(score, text, training):
    model, fired = started(text).train(training), []
    model.stem.register_forward_hook(lambda *_: fired.append(1))
    kept = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    hooks = [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()]
    noise = torch.get_rng_state()
    score(model, *batch())
    assert [name for name, tensor in model.state_dict().items() if not torch.equal(tensor, kept[name])] == []
    assert [module.training for module in model.modules()] == modes
    assert [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()] == hooks
    assert {tensor.dtype for tensor in model.parameters()} == {torch.float32}
    assert [p for p in model.parameters() if p.grad is not None] == []
    assert torch.equal(torch.get_rng_state(), noise)


def test_the_models_mode_and_running_statistics_do_not_count(score):
    model = started(NETWORKS[0]).eval()
    before = score(model, *batch())
    model.train()(batch()[0])
    assert score(model, *batch()) == before


def test_asking_for_their_names_loads_no_torch():
    code = "import sys; from moat_lab.train import SCORES; print(*SCORES, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "grad_norm jacob_cov synflow False\n"
