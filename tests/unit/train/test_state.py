"""The state of a trainer is complete, and another trainer with it takes the same next step."""

import pytest
import torch

from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.numerics import deterministic
from moat_lab.train import Recipe
from moat_lab.train.epochs import eager_epoch
from moat_lab.train.images import load_images
from moat_lab.train.processes import Processes
from moat_lab.train.run import Run
from moat_lab.train.state import restore, trainer_state
from moat_lab.train.training_loop import begin as begin_course

SMALL = to_network("stem(8) | 1x mbconv @8 for 16px")
RECIPE = Recipe(
    data="digits", resolution=16, train=40, val=20, epochs=2, batch=20, learning_rate=0.01, ema=0.9
)


def begun(text=SMALL):
    course = begin_course([Run(network=text, recipe=RECIPE, seed=0)], Processes())
    return course.trainer, course.orders[0]


def train_an_epoch(trainer, order):
    list(eager_epoch(trainer, load_images(RECIPE, "cpu")[0], [order]))


@pytest.fixture
def begin():
    with deterministic():
        yield begun


def test_a_state_names_every_tensor_by_its_place(begin):
    trainer, order = begin()
    train_an_epoch(trainer, order)
    state = trainer_state(trainer, order)
    weights = list(trainer.model.state_dict())
    assert [n.removeprefix("model/") for n in state.tensors if n.startswith("model/")] == weights
    assert [n.removeprefix("average/") for n in state.tensors if n.startswith("average/")] == weights
    moments = {n.rsplit("/", 1)[1] for n in state.tensors if n.startswith("optimizer/state/")}
    assert moments == {"step", "exp_avg", "exp_avg_sq"}
    assert {n for n in state.tensors if n.startswith("generator/")} == {"generator/order", "generator/cpu"}
    assert state.plain["steps"] == 2
    assert state.plain["optimizer"]["optimizer/group/1/lr"] == trainer.learning_rate


def test_the_generators_go_on_where_they_were(begin):
    trainer, order = begin()
    torch.rand(3, generator=order), torch.rand(5)
    state = trainer_state(trainer, order)
    expected = torch.rand(4, generator=order), torch.rand(4)
    other, again = begin()
    restore(state, other, again)
    assert torch.equal(torch.rand(4, generator=again), expected[0])
    assert torch.equal(torch.rand(4), expected[1])


def test_before_the_next_step_the_learning_rate_is_that_of_the_last(begin):
    trainer, order = begin()
    train_an_epoch(trainer, order)
    other, again = begin()
    restore(trainer_state(trainer, order), other, again)
    assert other.learning_rate == trainer.learning_rate < 0.01
    assert other.steps == 2


def test_an_optimizer_that_keeps_other_things_cannot_be_written_down(begin):
    trainer, order = begin()
    weight = next(trainer.model.parameters())
    trainer.optimizer.state[weight]["Q"] = [torch.zeros(2)]  # as timm's kron
    with pytest.raises(UserError) as error:
        trainer_state(trainer, order)
    assert str(error.value) == (
        "recipe: an optimizer that keeps tensors and numbers is needed to pause a training; "
        "'adamw' keeps a list as Q\n  train it in one go, or take another optimizer"
    )


def test_the_state_of_other_layers_is_refused(begin):
    trainer, order = begin()
    state = trainer_state(trainer, order)
    wider = begin(to_network("stem(8) | 1x mbconv @16 for 16px"))
    with pytest.raises(RuntimeError, match="size mismatch"):
        restore(state, *wider)


def test_fresh_memory_is_not_filled_in_a_training_and_settings_come_back():
    def settings():
        return (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
            torch.utils.deterministic.fill_uninitialized_memory,
        )

    before = settings()
    with deterministic():
        assert settings() == (True, True, False)
    assert settings() == before == (False, False, True)
