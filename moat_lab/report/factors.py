"""What the factors of a plan are: which part of the networks each one changes."""

from collections.abc import Mapping

from moat_lab.analysis import baseline_levels
from moat_lab.costs.matching import with_widths
from moat_lab.grammar import GrammarError, Network, Space, parse, to_network
from moat_lab.grammar.comparing import difference
from moat_lab.records import Plan
from moat_lab.report.names import varying_factors
from moat_lab.report.units import code

_BLOCK = "block of"


def factor_meanings(plan: Plan) -> dict[str, str]:
    """Factor -> "depth of stage 2"; left out where no two networks differ in it alone."""
    try:
        changes = _changes_of_space(plan.search.space) if plan.search else _changes_of_variants(plan)
    except GrammarError:  # of an older language: names are all that is known
        return {}
    return {factor: text for factor, (one, others) in changes.items() if (text := _meaning(one, others))}


def factor_titles(plan: Plan) -> dict[str, str]:
    """Factor -> "conv: depth of stage 2", or its name alone."""
    meanings = factor_meanings(plan)
    names = dict.fromkeys(factor for variant in plan.variants for factor in variant.factors)
    return {name: f"{name}: {meanings[name]}" if name in meanings else name for name in names}


def factor_sections(plan: Plan) -> list[str]:
    """A line that says what each factor is; nothing where that is not known."""
    meanings = factor_meanings(plan)
    said = [f"{code(name)} is the {text}" for name, text in meanings.items()]
    return [f"**Factors.** {'; '.join(said)}."] if said else []


Changes = dict[str, tuple[Network, list[Network]]]
"""Factor -> a network, and those that differ from it in this factor alone."""


def _changes_of_variants(plan: Plan) -> Changes:
    usual = baseline_levels(plan)
    baseline = next((v for v in plan.variants if v.key == plan.baseline), None)
    if baseline is None:
        return {}
    first = to_network(baseline.network)
    changed: dict[str, list[Network]] = {factor: [] for factor in varying_factors(plan)}
    for variant in plan.variants:
        factors = _changed(variant.factors, usual)
        if len(factors) == 1:
            network = to_network(variant.network)
            changed[factors[0]].append(_with_widths_of(first, network) if variant.matched else network)
    return {factor: (first, networks) for factor, networks in changed.items()}


def _with_widths_of(one: Network, other: Network) -> Network:
    """The other without what was scaled to reach a cost."""
    same = len(one.stages) == len(other.stages)
    return with_widths(other, [stage.width for stage in one.stages]) if same else other


def _changed(levels: Mapping[str, str], usual: Mapping[str, str]) -> list[str]:
    return [factor for factor, level in levels.items() if level != usual[factor]]


def _changes_of_space(text: str) -> Changes:
    space = parse(text)
    if not isinstance(space, Space):
        return {}
    first = [0] * len(space.factors)
    return {
        factor.name: (
            space.at(tuple(first)),
            [space.at((*first[:i], digit, *first[i + 1 :])) for digit in range(1, len(factor.levels))],
        )
        for i, factor in enumerate(space.factors)
    }


def _meaning(one: Network, others: list[Network]) -> str:
    """What differs; of several things the block, which they are part of."""
    texts = list(dict.fromkeys(filter(None, (difference(one, other) for other in others))))
    blocks = [text for text in texts if text.startswith(_BLOCK)]
    return (blocks or [", ".join(texts)])[0]
