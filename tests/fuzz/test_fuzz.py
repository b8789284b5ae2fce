"""A quarter of a minute of `make fuzz`: the same inputs at every run."""

import os

import pytest

from tests.fuzz.campaign import run

INPUTS = 6_000


@pytest.mark.slow
def test_every_mutated_input_is_answered_or_refused_in_words_and_soon(tmp_path):
    findings = run(INPUTS, tmp_path / "faults", cores=os.cpu_count() or 1)
    assert (findings.inputs, findings.failed) == (INPUTS, 0), findings.text()
    # Each target is reached behind its first check, or its mutants would say nothing.
    assert min(of["answered"] / sum(of.values()) for of in findings.counts.values()) > 0.05, findings.text()
