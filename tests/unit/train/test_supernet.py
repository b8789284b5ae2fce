"""One set of weights serves a space; each network is what it would be with weights of its own."""

import random

import pytest
import torch
from torch import nn

from moat_lab import parse
from moat_lab.costs import cost_at
from moat_lab.errors import UserError
from moat_lab.models.model import build
from moat_lab.models.shared import part_of, read_shared, write_shared
from moat_lab.train.shared_weights import SharedWeights
from moat_lab.train.supernet import calibrated, distilled_loss, inherited_scores, train_supernet
from moat_lab.train.trainer import fresh_model
from tests.unit.train.small import RECIPE

SPACE = parse("""
    stem(w, stride=1) | n x mbconv(expand=e, kernel=k) @w(stride=1) | n x order @2w for 8px
    where w in {4, 8}, n in 1..2, e in {2, 4}, k in {3, 5},
    order in {mbconv+attn(head=4), mbconv+attn(window=2, head=4), attn(head=4)+mlp}
""")
LARGE = parse("""
    stem(w, stride=1) | n x mbconv(expand=e, kernel=k, se=s) @w(stride=1) | n x order @2w for 8px
    where w in {4, 8, 12}, n in 1..2, e in {1, 2, 4}, k in {1, 3, 5}, s in {0, 0.25},
    order in {mbconv+attn(head=4), mbconv+attn(window=2, head=4), attn(head=4)+mlp, attn(head=4)+mbconv}
""")
NETWORKS = [SPACE[i] for i in range(SPACE.size)]
FEW = NETWORKS[::7]
RECIPE = RECIPE.model_copy(update={"ema": 0.0, "drop_path": 0.0, "epochs": 3, "curve_points": 3})


def test_a_part_is_the_first_channels_and_the_middle_of_kernels_and_tables():
    kernel = torch.arange(2 * 1 * 5 * 5).reshape(2, 1, 5, 5)
    assert torch.equal(part_of("a.depthwise_conv.weight", kernel, (1, 1, 3, 3)), kernel[:1, :, 1:4, 1:4])
    table = torch.arange(2 * 7 * 7).reshape(2, 7, 7)
    assert torch.equal(part_of("a.relative_position", table, (1, 3, 3)), table[:1, 2:5, 2:5])
    products = torch.arange(12 * 4).reshape(12, 4)  # queries, keys and values of width 4
    rows = [0, 1, 4, 5, 8, 9]
    assert torch.equal(part_of("a.qkv.weight", products, (6, 2)), products[rows][:, :2])
    assert torch.equal(part_of("a.qkv.bias", products[:, 0], (6,)), products[rows, 0])


def test_200_networks_give_what_those_of_their_own_with_these_weights_give():
    """In training: batch norms see the batch."""
    networks = [LARGE[i] for i in random.Random(0).sample(range(LARGE.size), 200)]
    shared = SharedWeights(networks, RECIPE, 0)
    images = torch.randn(2, 1, 8, 8, generator=torch.manual_seed(0))
    for network in networks:
        alone = build(network, 10, 1).train()
        state = {name: weight.detach().clone() for name, weight in shared.weights(network).items()}
        alone.load_state_dict({**alone.state_dict(), **state})
        expected = alone(images)
        torch.testing.assert_close(shared._one(network, images), expected)
        torch.testing.assert_close(shared.model(network).train()(images), expected)


def test_a_file_of_shared_weights_gives_each_network_its_part(tmp_path):
    shared = SharedWeights(NETWORKS, RECIPE, 0)
    write_shared(tmp_path / "shared.safetensors", shared.state(), networks=len(NETWORKS))
    recipe = RECIPE.model_copy(update={"weights": str(tmp_path / "shared.safetensors")})
    for network in FEW:
        model = fresh_model(network, recipe, 0, "cpu")
        expected = shared.weights(network)
        assert all(torch.equal(weight, expected[name]) for name, weight in model.named_parameters())


def test_the_same_weights_give_the_same_file(tmp_path):
    """Its digest is part of a recipe: another one would train all networks again."""
    state = SharedWeights(FEW, RECIPE, 0).state()
    file = tmp_path / "shared.safetensors"
    contents = set()
    for _ in range(20):
        write_shared(file, state, networks=len(FEW))
        contents.add(file.read_bytes())
    assert len(contents) == 1


def test_layers_that_shared_weights_lack_or_have_smaller_start_fresh(tmp_path):
    """Another network may start from them too; its first stage is wider here, and one block has no like."""
    shared = SharedWeights(FEW, RECIPE, 0)
    write_shared(tmp_path / "shared.safetensors", shared.state(), networks=len(FEW))
    network = parse("stem(8, stride=1) | 2x mbconv @16(stride=1) | 3x mbconv+attn(head=4) @16 for 8px")
    found = read_shared(tmp_path / "shared.safetensors", network)
    model = fresh_model(
        network, RECIPE.model_copy(update={"weights": str(tmp_path / "shared.safetensors")}), 0, "cpu"
    )
    own = dict(model.named_parameters())
    assert {*found} < {*own}
    assert all(torch.equal(own[name], weight) for name, weight in found.items())
    assert "stem.conv_0.weight" in found
    assert not any(name.startswith("stages.1.block_2") for name in found)


def test_a_damaged_file_of_shared_weights_is_refused(tmp_path):
    network, state = FEW[0], SharedWeights(FEW, RECIPE, 0).state()
    file = tmp_path / "shared.safetensors"
    write_shared(file, state | {"stem.conv_0.weight": torch.full((8, 1, 3, 3), torch.nan)}, networks=2)
    with pytest.raises(UserError, match="finite numbers are needed"):
        read_shared(file, network)
    write_shared(file, {"a": torch.zeros(1)}, networks=2)
    with pytest.raises(UserError, match="has no stem"):
        read_shared(file, network)


def test_a_step_trains_the_largest_the_smallest_and_two_that_it_draws():
    shared = SharedWeights(NETWORKS, RECIPE, 0)
    sizes = {network.key: cost_at(network, RECIPE.inputs).params for network in NETWORKS}
    first, second = shared.drawn(0), shared.drawn(1)
    assert len(first) == 4
    assert sizes[first[0].key] == max(sizes.values())
    assert sizes[first[1].key] == min(sizes.values())
    assert first == shared.drawn(0)
    assert first[2:] != second[2:]
    assert shared.train()(torch.zeros(2, 1, 8, 8)).shape == (4, 2, 10)
    assert shared.eval()(torch.zeros(2, 1, 8, 8)).shape == (2, 10)


def test_the_largest_learns_from_labels_and_the_others_from_the_largest():
    logits = torch.randn(2, 3, 10, generator=torch.manual_seed(0), requires_grad=True)
    labels = torch.tensor([1, 2, 3])
    loss = distilled_loss(logits, labels, RECIPE)
    own = nn.functional.cross_entropy(logits[0], labels)
    other = nn.functional.cross_entropy(logits[1], logits[0].detach().softmax(-1))
    torch.testing.assert_close(loss, (own + other) / 2)
    loss.backward()
    (alone,) = torch.autograd.grad(own, logits)
    torch.testing.assert_close(logits.grad[0], alone[0] / 2)


def test_a_training_that_was_ended_goes_on_to_the_same_weights(tmp_path):
    class EndedError(Exception):
        pass

    def end(record):
        if record.epoch == 2:
            raise EndedError

    whole, _ = train_supernet(FEW, RECIPE, 0, checkpoint=tmp_path / "whole")
    with pytest.raises(EndedError):
        train_supernet(FEW, RECIPE, 0, checkpoint=tmp_path / "ended", on_epoch=end)
    epochs: list[int] = []

    def note(record):
        epochs.append(record.epoch)

    resumed, _ = train_supernet(
        FEW,
        RECIPE,
        0,
        checkpoint=tmp_path / "ended",
        on_epoch=note,
    )
    assert epochs == [3]
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))


def test_networks_are_judged_with_statistics_of_their_own(tmp_path):
    recipe = RECIPE.model_copy(update={"train": 200, "epochs": 10, "curve_points": 1})
    shared, seconds = train_supernet(FEW, recipe, 0, checkpoint=tmp_path / "c")
    assert seconds > 0
    few = FEW[::3]
    scores = dict(inherited_scores(shared, few, recipe, 0))
    assert list(scores) == few
    assert max(scores.values()) > 0.3
    assert scores == dict(inherited_scores(shared, few, recipe, 0))


def test_statistics_are_means_over_the_batches():
    class Train:
        def in_order(self, batch):
            yield torch.full((2, 1, 4, 4), 1.0), None
            yield torch.full((2, 1, 4, 4), 3.0), None

    model = calibrated(nn.Sequential(nn.BatchNorm2d(1)), Train(), RECIPE.model_copy(update={"batch": 2}))
    assert model[0].running_mean.tolist() == [2.0]
    assert not model.training


def test_another_task_or_a_single_network_is_refused(tmp_path):
    with pytest.raises(UserError, match="two networks or more"):
        train_supernet(NETWORKS[:1], RECIPE, 0, checkpoint=tmp_path / "c")
