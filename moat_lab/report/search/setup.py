"""The setup of a search, line by line: space, objectives, limits, sampler, and what was stopped early."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from moat_lab.analysis.correlation import agreements
from moat_lab.analysis.search_tables import plan_measurements
from moat_lab.analysis.trainings import counted, scores_by_network
from moat_lab.metrics import COSTS, LATENCY, METRICS
from moat_lab.records import Measurement, Plan, Reading, Search, Trained
from moat_lab.report.supernet import tau_text, trust_text
from moat_lab.report.units import code, cost_name, count, si


def search_setup(
    plan: Plan, search: Search, reading: Reading[Trained], inherited: Mapping[str, float]
) -> list[str]:
    """One line for each choice of the search, and for what came of it.

    Args:
        inherited: network key -> score by shared weights.
    """
    measured = plan_measurements(plan, reading)
    return [
        f"- space: {code(search.space)}",
        f"- objectives: {', '.join(search.objectives)}; hypervolume up to {reference(search)}",
        f"- limits: {', '.join(f'{n} <= {si(most)}' for n, most in search.limits.items()) or 'none'}",
        f"- sampler: {_spec(search.sampler)}; at most {count(search.trials, 'network')}{_order(search)}",
        *_refused(reading),
        *_shared(plan, search, reading, inherited),
        *(f"- started from: {code(text)}" for text in search.start),
        *_given_up(search, counted(plan, reading.evaluations)),
        *_rejected(plan, search, measured),
        *_timed(measured),
    ]


def reference(search: Search) -> str:
    """The corner from which the hypervolume is measured."""
    return ", ".join(
        f"{si(value)} {cost_name(name)}" if name in COSTS else f"{METRICS[name].title} {100 * value:g} %"
        for name, value in search.reference.items()
    )


def _order(search: Search) -> str:
    most = search.max_concurrent
    return f"; {count(most, 'training')} at a time, whose results it learns in order" if most else ""


def _refused(reading: Reading[Trained]) -> list[str]:
    """What the sampler proposed without use; nothing where it was not recorded."""
    proposal_counts = reading.proposal_counts
    if proposal_counts is None:
        return []
    duplicates = count(proposal_counts.duplicates, "duplicate")
    return [f"- refused proposals: {duplicates}, {proposal_counts.infeasible:,} beyond the limits"]


def _shared(
    plan: Plan, search: Search, reading: Reading[Trained], inherited: Mapping[str, float]
) -> list[str]:
    """How far the scores by shared weights could guide the search."""
    if not search.share:
        return []
    scores = scores_by_network(counted(plan, reading.evaluations))
    own = [fmean(scores[key].values()) if scores.get(key) else math.nan for key in inherited]
    trust = agreements(list(inherited.values()), own)
    said = "; ".join(
        f"tau {tau_text(tau)} of {group} ({tau.n}): {trust_text(tau)}" for group, tau in trust.items()
    )
    return [f"- shared weights: {count(search.share, 'epoch')}, {count(len(inherited), 'network')}; {said}"]


def _given_up(search: Search, evaluations: Sequence[Trained]) -> list[str]:
    """The rule by which trainings end early, and at which epoch how many did."""
    if search.rungs:
        epochs = ", ".join(map(str, search.rungs.epochs))
        rule = f"- rungs: at epochs {epochs} the best {100 * search.rungs.keep:.0f} % go on"
    elif search.pruning:
        rule = f"- pruner: {_spec(search.pruning.pruner)}"
    else:
        return []
    paused = Counter(e.epochs for e in evaluations if e.status == "paused")
    ended = [f"{count(n, 'training')} ended at epoch {epoch}" for epoch, n in sorted(paused.items())]
    finished = sum(e.status == "ok" for e in evaluations)
    epochs_run = sum(e.epochs for e in evaluations)
    return [f"{rule}; {', '.join([*ended, f'{finished} ran to the end'])}; {epochs_run:,} epochs in all"]


def _rejected(plan: Plan, search: Search, measured: Sequence[Measurement]) -> list[str]:
    """How many networks were measured and not trained."""
    trained = {variant.key for variant in plan.variants}
    untrained = [m for m in measured if m.network_key not in trained]
    if not untrained:
        return []
    slow = sum(m.values.get(LATENCY, 0.0) > search.limits.get(LATENCY, float("inf")) for m in untrained)
    screen = search.screen
    by = f" (screen: {screen.score}, keep {screen.keep:g})" if screen else ""
    return [
        f"- measured and not trained: {count(len(untrained), 'network')}, {slow} of them beyond a limit, "
        f"{len(untrained) - slow} screened out{by}"
    ]


def _timed(measured: Sequence[Measurement]) -> list[str]:
    """What the latencies depend on; more than one line where they were not measured alike."""
    alike = Counter(_conditions(m.conditions) for m in measured if LATENCY in m.values)
    return [f"- latency: {text} ({count(n, 'network')})" for text, n in alike.items()]


def _conditions(of: Mapping[str, Any]) -> str:
    height, width = of["resolution"]
    return (
        f"median of {of['repeats']} forward passes, batch {of['batch']}, {height}x{width} px, {of['dtype']}, "
        f"{of['device']}, {count(of['threads'], 'thread')}"
    )


def _spec(spec: Mapping[str, Any]) -> str:
    """`tpe (seed 0)`."""
    options = ", ".join(f"{name} {value}" for name, value in spec.items() if name != "name")
    return f"{spec['name']} ({options})" if options else str(spec["name"])
