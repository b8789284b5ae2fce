"""The section on manipulation checks: whether attention does anything in a study."""

from collections.abc import Iterable, Sequence

from moat_lab.analysis.mechanism import MechanismCheck, mechanism_checks
from moat_lab.records import Plan, Trained
from moat_lab.report.markdown import markdown_table
from moat_lab.report.names import names_with_twins
from moat_lab.report.units import code, points

REASON = "attention is not shown to be in use on either side"
"""Why a comparison is not testable."""
_TITLES = ("variant", "seeds", "learned less frozen, points [t 95 %]", "attention")
_METHOD = """\
Each variant with attention is trained a second time with attention frozen to a uniform average over its
window: no queries, keys or positions, the same values, and the same initial weights in all that both have.
The effect is the variant less this twin, paired by seed; its interval is of this pair alone, and counts in no
claim and in no correction of others. "Not needed" says that its 90 % interval lies within the margin, "not
shown" that its 95 % interval holds zero, "harmful" that the twin is better. A comparison is not testable
where variants with attention are compared and attention changes the score of none of them."""


def mechanism_sections(plan: Plan, evaluations: Iterable[Trained]) -> list[str]:
    """Whether attention is in use, variant by variant; nothing without a manipulation check."""
    checks = mechanism_checks(plan, evaluations)
    if not checks:
        return []
    names = names_with_twins(plan)
    rows = [
        (
            code(names[check.variant]),
            check.effect.n,
            points(check.effect.mean, check.effect.low, check.effect.high),
            check.use,
        )
        for check in checks
    ]
    return [
        "## Is attention in use?",
        mechanism_sentence(checks),
        markdown_table("lrrl", _TITLES, rows),
        _METHOD,
    ]


def mechanism_sentence(checks: Sequence[MechanismCheck]) -> str:
    """ "Attention is in use in 2 of 3 variants that have it." """
    used = sum(check.matters for check in checks)
    return f"Attention is in use in {used} of {len(checks)} variants that have it."
