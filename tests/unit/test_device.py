"""Processes that work at once share the machine."""

import os

import pytest

from moat_lab.device import decoders, decoders_beside_others


@pytest.mark.parametrize(
    ("variables", "alone", "beside"),
    [
        ({}, 8, 8),
        ({"LOCAL_WORLD_SIZE": "2"}, 8, 4),
        ({"MOAT_LAB_WORKERS": "3"}, 8, 2),
        ({"MOAT_LAB_WORKERS": "20"}, 8, 1),
        ({"LOCAL_WORLD_SIZE": "2", "MOAT_LAB_DECODERS": "5"}, 5, 5),
        ({"MOAT_LAB_DECODERS": "many"}, 8, 8),
    ],
)
def test_processes_that_decode_at_once_divide_the_cores(monkeypatch, variables, alone, beside):
    for name in ("LOCAL_WORLD_SIZE", "MOAT_LAB_WORKERS", "MOAT_LAB_DECODERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (decoders(), decoders_beside_others()) == (alone, beside)
