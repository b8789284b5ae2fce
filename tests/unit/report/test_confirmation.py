"""What a confirmation says, from its records."""

from dataclasses import replace

import pytest

from moat_lab.records import Confirmation, ResultsFolder, Selected
from moat_lab.report.search.confirmation import confirmation_text
from tests.unit.report.conftest import ORDERS, PLAN, run

PICK, BEST, BASELINE = ORDERS["attn+mlp"], ORDERS["attn+mbconv"], ORDERS["mbconv+attn"]
CONFIRMED = replace(
    PLAN, seeds=(1000, 1001), command="moat-lab pick ablate_order --confirm 2", claims={}, search=None
)
SCORES = {
    "attn+mlp": ([0.90, 0.92], [0.91, 0.93]),
    "attn+mbconv": ([0.91, 0.93], [0.90, 0.94]),
    "mbconv+attn": ([0.85, 0.87], [0.86, 0.88]),
}
"""Order -> of two fresh seeds, on val and on test."""


def selected(key: str, score: float, shrunken: float | None) -> Selected:
    return Selected(key=key, score=score, shrunken=shrunken, seeds=3)


@pytest.fixture
def results(tmp_path) -> ResultsFolder:
    """A study whose pick was confirmed with two seeds."""
    results = ResultsFolder(tmp_path / "ablate_order")
    folder = results.confirmation
    folder.write_plan(CONFIRMED)
    folder.write_confirmation(
        Confirmation(
            pick=selected(PICK, 0.93, 0.92),
            best=selected(BEST, 0.935, None),
            baseline=selected(BASELINE, 0.87, 0.865),
            limits={},
        )
    )
    for order, (val, test) in SCORES.items():
        for seed, score, tested in zip(CONFIRMED.seeds, val, test, strict=True):
            folder.evaluations.append(run(order, seed, score, test_scores={"top1": tested}))
    return results


def test_it_shows_each_network_as_selected_with_fresh_seeds_and_on_test(results):
    assert confirmation_text(results, PICK) == (
        "Confirmation with 2 fresh seeds (1000 to 1001), each judged once on the test split.\n\n"
        "|  | selected, % | shrunken, % | fresh seeds on val, % [95 %] | on test, % [95 %] |\n"
        "| --- | ---: | ---: | ---: | ---: |\n"
        "| pick | 93.0 (3 seeds) | 92.0 | 91.0 [78.3, 100.0] | 92.0 [79.3, 100.0] |\n"
        "| best | 93.5 (3 seeds) | – | 92.0 [79.3, 100.0] | 92.0 [66.6, 100.0] |\n"
        "| baseline | 87.0 (3 seeds) | 86.5 | 86.0 [73.3, 98.7] | 87.0 [74.3, 99.7] |\n\n"
        "Optimism of the pick's top-1 on the validation images, in points: +2.00 as selected, "
        "+1.00 shrunken. Of the baseline, which was not selected: +1.00. With fresh seeds, the pick's test "
        "images are worth +1.00 against these.\n\n"
        "On test images the pick has +0.00 [-12.71, +12.71] points to the best and "
        "+5.00 points to the baseline."
    )


def test_a_training_that_is_missing_or_failed_is_told(results):
    store = results.confirmation.evaluations
    store.path(BEST, "beef", 1000).unlink()
    store.path(BASELINE, "beef", 1001).unlink()
    store.append(run("mbconv+attn", 1001, None))
    heading = confirmation_text(results, PICK).splitlines()[0]
    assert heading.endswith(
        "5 of 6 trainings have ended; `moat-lab pick ablate_order --confirm 2` goes on. Failed: 1 training."
    )


def test_another_pick_is_not_confirmed_by_this_one(results):
    assert confirmation_text(results, BEST).endswith(
        f"The pick is another one now ({BEST}) than the one that was confirmed ({PICK}).\n"
        f"  Delete {results.confirmation} to confirm anew: a second look at the same test images."
    )


def test_before_its_first_training_it_says_how_to_go_on(results):
    for path in results.confirmation.evaluations.folder.iterdir():
        path.unlink()
    assert confirmation_text(results, PICK) == (
        f"The confirmation in {results.confirmation} has no finished training yet.\n"
        "  moat-lab pick ablate_order --confirm 2"
    )


def test_a_study_without_one_has_no_text(tmp_path):
    assert confirmation_text(ResultsFolder(tmp_path), PICK) == ""
