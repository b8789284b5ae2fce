"""What one schedule gains over another."""

from dataclasses import replace

import pytest

from moat_lab.analysis.gains import gains
from moat_lab.report.gains import gains_sections


@pytest.fixture
def schedule(plan, make, run):
    """A plan and its evaluations: top-1 of networks for each seed, with so many images of train."""

    def made(*, train, **scores):
        evaluations = [
            run(name, seed, score) for name, each in scores.items() for seed, score in enumerate(each)
        ]
        return replace(plan(make("a"), make("b")), recipe={"train": train}), evaluations

    return made


def test_gains_are_paired_by_seed_and_only_of_schedules_with_the_same_images(schedule):
    runs = {
        "first": schedule(train=50, a=[0.50, 0.60, 0.70], b=[0.40, 0.50, 0.60]),
        "other images": schedule(train=60, a=[0.9, 0.9, 0.9], b=[0.9, 0.9, 0.9]),
        "second": schedule(train=50, a=[0.52, 0.62, 0.72], b=[0.46, 0.54, 0.68]),
    }
    (gain,) = gains(runs)
    assert (gain.schedule, gain.over) == ("second", "first")
    first, second = gain.by_variant.values()
    assert first.mean == pytest.approx(0.02)
    assert (second.mean, second.n) == (pytest.approx(0.06), 3)
    # Means over the networks: 4, 3 and 5 points; t of 2 degrees of freedom is 4.303, deviation 1 point.
    assert gain.mean.mean == pytest.approx(0.04)
    assert gain.mean.low == pytest.approx(0.04 - 4.3027 * 0.01 / 3**0.5, abs=1e-6)
    plan = runs["first"][0]
    text = gains_sections([gain], plan)
    assert text[1] == "`second` gains +4.00 [+1.52, +6.48] points over `first`, the mean of 2 networks."
    assert "| mean | +4.00 [+1.52, +6.48] |" in text[2].replace("  ", "")


def test_a_loss_and_what_may_be_either_are_called_so(schedule):
    first = schedule(train=50, a=[0.50, 0.60], b=[0.40, 0.50])
    worse = schedule(train=50, a=[0.40, 0.501], b=[0.30, 0.40])
    mixed = schedule(train=50, a=[0.40, 0.70], b=[0.40, 0.50])
    found = gains({"first": first, "worse": worse, "mixed": mixed})
    text = gains_sections(found, first[0])[1]
    assert "`worse` loses -9.97" in text
    assert "`mixed` may gain or lose" in text
    assert gains_sections(gains({"first": first}), first[0]) == []
