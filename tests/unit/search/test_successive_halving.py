from moat_lab.records import Rungs
from moat_lab.search.successive_halving import SuccessiveHalving, best_first


def halving(keep=0.5):
    return SuccessiveHalving(Rungs(epochs=(1, 3), keep=keep), last=9)


def test_nobody_is_promoted_before_the_share_makes_one():
    rungs = halving()
    rungs.arrived("a", 1, (0.0, 0.0))
    assert rungs.promoted(drained=False) is None
    rungs.arrived("b", 1, (1.0, 1.0))
    assert rungs.promoted(drained=False) == ("a", 3)
    assert rungs.promoted(drained=False) is None


def test_at_the_end_one_goes_on_from_each_rung():
    rungs = halving()
    rungs.arrived("a", 1, (0.0, 0.0))
    assert rungs.promoted(drained=True) == ("a", 3)
    rungs.arrived("a", 3, (0.0, 0.0))
    assert rungs.promoted(drained=True) == ("a", 9)
    assert rungs.promoted(drained=True) is None


def test_the_highest_rung_promotes_first():
    rungs = halving()
    for key in "abcd":
        rungs.arrived(key, 1, (0.0, 0.0))
        rungs.arrived(key, 3, (0.0, 0.0))
    assert rungs.promoted(drained=False)[1] == 9


def test_rank_decides_and_then_room():
    losses = {"dominated": (2.0, 2.0), "end": (0.0, 3.0), "crowded": (1.0, 1.0), "other end": (3.0, 0.0)}
    assert best_first(losses) == ["end", "other end", "crowded", "dominated"]


def test_without_rungs_every_training_runs_to_its_end():
    assert SuccessiveHalving(None, last=9).stops == (9,)


def test_nobody_goes_on_twice_when_better_ones_arrive_later():
    rungs = halving()
    rungs.arrived("a", 1, (2.0, 2.0))
    rungs.arrived("b", 1, (3.0, 3.0))
    assert rungs.promoted(drained=False) == ("a", 3)
    rungs.arrived("c", 1, (1.0, 1.0))
    rungs.arrived("d", 1, (0.0, 0.0))
    assert rungs.promoted(drained=False) == ("d", 3)
    assert rungs.promoted(drained=False) is None


def test_a_share_of_one_promotes_everybody():
    rungs = halving(keep=1.0)
    rungs.arrived("a", 1, (0.0, 0.0))
    rungs.arrived("b", 1, (1.0, 1.0))
    assert [rungs.promoted(drained=False) for _ in range(3)] == [("a", 3), ("b", 3), None]
