"""Mutants are drawn from a number alone, and any content can be changed."""

import json
import os
import random
import subprocess
import sys
from hashlib import sha256

import pytest

from tests.fuzz import mutation, yaml_file
from tests.fuzz.law import TARGETS, mutant
from tests.fuzz.mutation import BYTES, TEXT
from tests.fuzz.tree import changed

CHANGES = (*BYTES, *TEXT, yaml_file.other_value)


def digests():
    """Of 40 inputs of each target."""
    return [sha256(b"".join(mutant(name, n) for n in range(40))).hexdigest() for name in TARGETS]


def test_an_input_is_the_same_in_every_process():
    command = [sys.executable, "-c", "from tests.fuzz.test_mutation import digests; print(*digests())"]
    other_hashes = os.environ | {"PYTHONHASHSEED": "1"}
    done = subprocess.run(command, env=other_hashes, capture_output=True, text=True, check=True)
    assert done.stdout.split() == digests()
    assert len({*digests()}) == len(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_inputs_differ(name):
    assert len({mutant(name, number) for number in range(40)}) > 30


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("content", [b"", b"\n", b" ", b"\xff", b"1", b"a: 1\n"])
def test_any_content_can_be_changed(change, content):
    for seed in range(100):
        assert isinstance(change(random.Random(seed), content, [b"", content]), bytes)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (mutation.number, b"epochs: "),
        (mutation.swapped, b": 5"),
        (mutation.cut, b""),
        (mutation.nested, b"epochs"),
    ],
    ids=["number", "swapped", "cut", "nested"],
)
def test_a_change_leaves_the_rest(change, expected):
    changed_texts = {change(random.Random(seed), b"epochs: 5", [b"batch"]) for seed in range(50)}
    assert all(expected in text for text in changed_texts if text != b"epochs: 5")


def test_a_changed_tree_is_a_tree_and_the_one_that_it_came_from_stays():
    tree = {"name": "a", "seeds": [0, 1], "curve": [{"epoch": 1, "top1": 0.5}]}
    text = json.dumps(tree)
    texts = {json.dumps(changed(random.Random(seed), tree, tree)) for seed in range(1_000)}
    assert json.dumps(tree) == text
    assert len(texts) > 500
    assert max(map(len, texts)) < 1_000_000
