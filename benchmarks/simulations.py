"""Whether intervals cover, families err, and power is as stated: simulated studies without and with effects.

`python benchmarks/simulations.py` prints the tables of benchmarks/README.md; `--studies 200` is a quick look.
Scores are in points: a baseline and four variants, whose deviations over seeds are 1 each ("equal") or 0.5,
1, 2 and 4 ("unequal"); differences share the baseline's seeds. Over cells these are the deviations of the
cells. `ours` is what reports compute; the other methods were tried and rejected.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from moat_lab.analysis import holm
from moat_lab.analysis.estimate import Estimate, blocked_estimate
from moat_lab.analysis.power import detectable_effect, family_confidence, freedom_over_cells
from moat_lab.analysis.spending import level_of_look
from moat_lab.analysis.success import difference_p, power_of_difference, rate_difference

Array = NDArray[np.float64]
SEEDS = (3, 5, 10, 20)
SPREADS = {"equal": (1.0, 1.0, 1.0, 1.0), "unequal": (0.5, 1.0, 2.0, 4.0)}
Method = Callable[[Array], list[Estimate]]
"""Differences (variants, cells, seeds) -> an estimate for each variant."""


def differences(rng: np.random.Generator, spread: Sequence[float], n: int, *, common: float = 0.0) -> Array:
    """(4 variants, 1 cell, n) of variants without effect; all share the baseline's noise, of deviation 1."""
    baseline = rng.normal(0, 1, n)
    return np.stack([rng.normal(0, sd, n) - baseline for sd in spread])[:, None]


def in_cells(rng: np.random.Generator, spread: Sequence[float], n: int, *, common: float = 0.0) -> Array:
    """(4 variants, 4 cells, n): the deviation is the cell's; `common` is the share that seeds share."""
    sd = np.array(spread)[None, :, None]
    own, shared = rng.normal(0, 1, (4, 4, n)), rng.normal(0, 1, (4, 1, n))
    baseline = rng.normal(0, 1, (1, 4, n))
    found: Array = sd * (np.sqrt(1 - common) * own + np.sqrt(common) * shared) - baseline
    return found


def ours(rows: Array) -> list[Estimate]:
    return [blocked_estimate(row.tolist()) for row in rows]


def pooled_cells(rows: Array) -> list[Estimate]:
    """One deviation for all cells, with the sum of their degrees of freedom."""
    return [
        Estimate(
            mean=row.mean(), sd=float(np.sqrt(row.var(axis=1, ddof=1).mean())), n=row.size,
            freedom=row.size - len(row),
        )
        for row in rows
    ]  # fmt: skip


def means_by_seed(rows: Array) -> list[Estimate]:
    """Seeds shared by cells: one mean over cells for each seed."""
    return [blocked_estimate([row.mean(axis=0).tolist()]) for row in rows]


def moderated(rows: Array) -> list[Estimate]:
    """Variances shrunk to those of the other variants by empirical Bayes (Smyth 2004)."""
    variances, freedom = rows[:, 0].var(axis=1, ddof=1), rows.shape[2] - 1
    prior, prior_freedom = fitted_prior(variances, freedom)
    if np.isinf(prior_freedom):
        shrunk, total = np.full(len(rows), prior), float(freedom * len(rows))
    else:
        shrunk = (prior_freedom * prior + freedom * variances) / (prior_freedom + freedom)
        total = min(prior_freedom + freedom, freedom * len(rows))
    return [
        Estimate(mean=row.mean(), sd=float(np.sqrt(v)), n=row.size, freedom=total)
        for row, v in zip(rows, shrunk, strict=True)
    ]


def fitted_prior(variances: Array, freedom: int) -> tuple[float, float]:
    """Variance and degrees of freedom of the prior, by moments of log variances (Smyth 2004, section 6.2)."""
    e = np.log(variances) - special.digamma(freedom / 2) + np.log(freedom / 2)
    excess = e.var(ddof=1) - special.polygamma(1, freedom / 2)
    if excess <= 0:
        return float(np.exp(e.mean())), np.inf
    half = inverse_trigamma(float(excess))
    return float(np.exp(e.mean() + special.digamma(half) - np.log(half))), 2 * half


def inverse_trigamma(value: float) -> float:
    """By Newton's method, as in limma."""
    y = 0.5 + 1 / value
    for _ in range(50):
        slope = special.polygamma(1, y)
        y += slope * (1 - slope / value) / special.polygamma(2, y)
    return float(y)


def coverage_and_error(
    studies: int, method: Method, draw: Callable[..., Array], spread: Sequence[float], n: int, **more: float
) -> tuple[Array, float]:
    """Share of 95 % intervals that hold the truth, by variant; share of studies with any p below 5 %."""
    rng, held, wrong = np.random.default_rng(n), np.zeros(4), 0
    for _ in range(studies):
        estimates = method(draw(rng, spread, n, **more))
        intervals = [estimate.interval() for estimate in estimates]
        held += [interval.low <= 0 <= interval.high for interval in intervals]
        wrong += bool((holm([estimate.p() for estimate in estimates]) < 0.05).any())
    return held / studies, wrong / studies


def print_methods(studies: int) -> None:
    plain: dict[str, tuple[Method, Callable[..., Array], float]] = {
        "ours: a t interval of each variant": (ours, differences, 0.0),
        "rejected: moderated t": (moderated, differences, 0.0),
        "ours: 4 cells, seeds of their own": (ours, in_cells, 0.0),
        "rejected: 4 cells, one deviation for all": (pooled_cells, in_cells, 0.0),
        "rejected: shared seeds, one deviation": (pooled_cells, in_cells, 0.25),
        "rejected: shared seeds, means by seed": (means_by_seed, in_cells, 0.25),
    }
    print("95 % intervals: % that cover, of the variant that fares worst .. best; familywise error, %")
    for title, (method, draw, common) in plain.items():
        for name, spread in SPREADS.items():
            cells = []
            for n in SEEDS:
                held, wrong = coverage_and_error(studies, method, draw, spread, n, common=common)
                cells.append(f"{n:2d}: {100 * held.min():.1f}..{100 * held.max():.1f}, {100 * wrong:.1f}")
            print(f"  {title:42s} {name:8s} {'   '.join(cells)}")


def print_widths(studies: int) -> None:
    """What seeds of the cells' own gain, in half-widths of the interval."""
    print("half-width of the 95 % interval, 4 cells, equal spread, where shared seeds share 25 % of variance")
    for n in SEEDS:
        rng, widths = np.random.default_rng(n), np.zeros(2)
        for _ in range(studies // 4):
            own, shared = in_cells(rng, SPREADS["equal"], n), in_cells(rng, SPREADS["equal"], n, common=0.25)
            widths += [ours(own)[0].interval().half_width, means_by_seed(shared)[0].interval().half_width]
        own_width, shared_width = widths / (studies // 4)
        print(f"  {n:2d} seeds: {own_width:.2f} with seeds of their own, {shared_width:.2f} with shared ones")


def print_looks(studies: int) -> None:
    """A study that is looked at with 3, 5, 10 and 20 seeds, and stops at the first effect it sees."""
    print("familywise error with looks at 3, 5, 10 and 20 seeds, %; coverage of the intervals at the stop, %")
    levels: dict[str, list[float]] = {
        "5 % at each look, as before": [0.05] * 4,
        "ours: looks that were planned": [level_of_look(k, SEEDS) for k in range(4)],
        "ours: looks that were not": [level_of_look(k) for k in range(4)],
    }
    for title, spent in levels.items():
        for name, spread in SPREADS.items():
            for draw, cells in ((differences, "no cells"), (in_cells, "4 cells")):
                wrong, held = looked_at(studies, spent, draw, spread)
                print(f"  {title:32s} {name:8s} {cells:8s} {100 * wrong:5.1f}   {100 * held:.1f}")


def looked_at(
    studies: int, levels: Sequence[float], draw: Callable[..., Array], spread: Sequence[float]
) -> tuple[float, float]:
    """Share of studies in which a variant without effect is called better or worse; share that cover."""
    rng, wrong, held = np.random.default_rng(0), 0, 0.0
    for _ in range(studies):
        rows = draw(rng, spread, SEEDS[-1])
        for n, level in zip(SEEDS, levels, strict=True):
            estimates = ours(rows[:, :, :n])
            if (stop := bool((holm([e.p() for e in estimates]) < level).any())) or n == SEEDS[-1]:
                wrong += stop
                held += float(np.mean([e.interval().low <= 0 <= e.interval().high for e in estimates]))
                break
    return wrong / studies, held / studies


def print_power(studies: int) -> None:
    """The effect that is shown in 80 % of studies, as dry runs say it from a known deviation."""
    print(
        "power, %, to show what is stated to be shown in 80 % of studies: alone; hardest of four, after Holm"
    )
    for n in SEEDS:
        for cells in (1, 4):
            shares = [shown(studies, n, cells, family) for family in (1, 4)]
            print(f"  {n:2d} seeds, {cells} cells: {100 * shares[0]:.1f}   {100 * shares[1]:.1f}")


def shown(studies: int, n: int, cells: int, family: int) -> float:
    """Share of studies that show an effect of the stated size among so many, where the others have none."""
    rng, confidence = np.random.default_rng(n), family_confidence(family)
    effect = detectable_effect(1.0, n * cells, confidence=confidence, freedom=freedom_over_cells(n, cells))
    found = 0
    for _ in range(studies):
        rows = rng.normal(0, 1, (family, cells, n))
        rows[0] += effect
        found += bool(holm([e.p() for e in ours(rows)])[0] < 0.05)
    return found / studies


def print_success(studies: int) -> None:
    """A baseline and four variants that learn in the same share of trainings; then one that differs."""
    print("learn or fail: % of intervals of a difference of shares that cover; familywise error, %")
    rng = np.random.default_rng(0)
    for n in SEEDS:
        held, wrong = 0.0, 0
        for share in rng.uniform(0, 1, studies):
            learned = [int(k) for k in rng.binomial(n, share, 5)]
            wrong += bool((holm([difference_p((k, n), (learned[0], n)) for k in learned[1:]]) < 0.05).any())
            first, second = rng.uniform(0, 1, 2)
            counts = (int(rng.binomial(n, first)), n), (int(rng.binomial(n, second)), n)
            interval = rate_difference(*counts)
            held += interval.low <= first - second <= interval.high
        print(f"  {n:2d} seeds: {100 * held / studies:.1f}   {100 * wrong / studies:.1f}")
    print("learn or fail: power, %, as stated and as found, of shares of 90 and 30 %")
    for n in SEEDS:
        stated = power_of_difference((0.9, n), (0.3, n), confidence=0.95)
        pairs = zip(rng.binomial(n, 0.9, studies), rng.binomial(n, 0.3, studies), strict=True)
        found = np.mean([difference_p((int(a), n), (int(b), n)) < 0.05 for a, b in pairs])
        print(f"  {n:2d} seeds: {100 * stated:.1f}   {100 * found:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000)
    studies = parser.parse_args().studies
    error = 100 * stats.binom.std(studies, 0.95) / studies
    print(f"{studies} studies each; standard error of a share of 95 %: {error:.1f}")
    print_methods(studies)
    print_widths(studies)
    print_looks(4 * studies)
    print_power(studies)
    print_success(studies)


if __name__ == "__main__":
    main()
