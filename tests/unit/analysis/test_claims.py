"""A claim is borne out, contradicted, or left open."""

import pytest

from moat_lab.analysis.claims import agreement

VERDICTS = ("better", "worse", "equivalent", "not distinguishable", "too few seeds", "failed", "not run")


@pytest.mark.parametrize(
    ("claim", "agrees", "contradicts"),
    [
        ("better", {"better"}, {"worse", "equivalent"}),
        ("worse", {"worse"}, {"better", "equivalent"}),
        ("not better", {"worse", "equivalent"}, {"better"}),
        ("not worse", {"better", "equivalent"}, {"worse"}),
    ],
)
def test_every_verdict_judges_a_claim(claim, agrees, contradicts):
    said = {verdict: agreement(claim, verdict) for verdict in VERDICTS}
    assert {verdict for verdict, word in said.items() if word == "agrees"} == agrees
    assert {verdict for verdict, word in said.items() if word == "contradicts"} == contradicts
    assert set(said.values()) == {"agrees", "contradicts", "cannot tell"}


def test_another_claim_is_an_error():
    with pytest.raises(ValueError, match="a claim is better, worse, not better, not worse; got 'best'"):
        agreement("best", "better")
