"""How many trainings learn a task, and when."""

from dataclasses import replace

import pytest

from moat_lab.records import ResultsFolder
from moat_lab.report.ablation.success import epochs_to, success_sections
from moat_lab.report.write import write_report


@pytest.fixture
def learned(make_results, plan, tmp_path):
    """The first of five epochs' halves reaches half of the score, the second all of it."""
    tops = {"mbconv+attn": [0.9, 0.8, 0.5], "attn+mbconv": [0.9, 0.9, 0.9], "attn+mlp": [0.2, 0.3, 0.4]}
    return ResultsFolder(make_results(tmp_path, tops, replace(plan, success=0.75, margin=0.5)))


def test_each_variant_has_its_share_and_the_epochs_until_each_seed_learned(learned):
    heading, table, method = success_sections(learned.read_plan(), learned.read().evaluations)
    assert heading == "### Learned or not"
    assert table.splitlines()[2:] == [
        "| `mbconv+attn` | 2 of 3 | 66.7 [20.8, 93.9] | 2, 2, – | 2 |",
        "| `attn+mbconv` | 3 of 3 | 100.0 [43.9, 100.0] | 2, 2, 2 | 2 |",
        "| `attn+mlp` | 0 of 3 | 0.0 [0.0, 56.1] | –, –, – | – |",
    ]
    assert "top-1 of at least 75 %" in " ".join(method.split())


def test_the_report_compares_shares_in_place_of_means(learned):
    text = write_report(learned).read_text()
    assert "effect on the share that learned, points [95 %]" in text
    assert "| `attn+mlp` | 3 | 30.0 [5.2, 54.8] | -66.67 [" in text
    assert "Underpowered" in text


def test_the_first_epoch_that_reaches_the_threshold_counts(learned):
    first = learned.read().evaluations[0]
    assert [epochs_to(share * first.score, first) for share in (0.4, 0.5, 0.51, 1.1)] == [1, 1, 2, None]


def test_where_the_outcome_is_the_score_nothing_is_said(plan):
    assert success_sections(plan, ()) == []
