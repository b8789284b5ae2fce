"""Regret and optimism of the pick, and how true the frontier's probabilities are: before and after.

Before: one standard error, pooled over all networks, from the best mean; a bootstrap of pooled residuals.
After: shrunken means, and their own error. Regret is what the pick truly lies below the truly best network,
optimism what the value that is shown for it lies above the truth; both in points of percent.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import moat_lab
from moat_lab.analysis import frontier_probability, nondominated, pick_network
from moat_lab.analysis.search_tables import with_measurements
from moat_lab.analysis.seed_noise import seed_noise
from moat_lab.analysis.shrinkage import shrunken_scores
from moat_lab.analysis.tables import summary
from moat_lab.records import ResultsFolder

STEP = 0.001
CONFIRMED = 5
BINS = ((0.0, 0.02), (0.02, 0.1), (0.1, 0.25), (0.25, 0.45), (0.45, 0.7), (0.7, 0.9), (0.9, 1.01))


@dataclass(frozen=True, kw_only=True)
class World:
    """Networks with their true means, the deviation of their seeds, and the scores of some seeds (N, S)."""

    costs: np.ndarray
    truth: np.ndarray
    noise: np.ndarray
    scores: np.ndarray

    @property
    def by_seed(self) -> list[dict[int, float]]:
        return [dict(enumerate(row)) for row in self.scores]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=400)
    given = parser.parse_args()
    on_recorded_table()
    on_search()
    kinds = {"as table_tiny": table_worlds(), "drawn": drawn_worlds()}
    for name, worlds in kinds.items():
        print(f"\n{given.worlds // 2} worlds, {name}; points, mean over worlds")
        in_worlds([next(worlds) for _ in range(given.worlds // 2)])


def on_recorded_table() -> None:
    """Chosen by two seeds of table_tiny, judged by the third; and by all three."""
    table = moat_lab.table("table_tiny")
    scores = table.pivot(index="key", columns="seed", values="top1")
    macs = table.groupby("key")["macs"].first().reindex(scores.index).to_numpy(dtype=np.float64)
    full = World(costs=macs, truth=scores.mean(axis=1).to_numpy(), noise=macs, scores=scores.to_numpy())
    print("table_tiny, 216 networks, all three seeds; by their means")
    for rule, (chosen, shown, within) in picks(full).items():
        print(f"  {rule:7} {within:3} within one error; the pick has {100 * full.truth[chosen]:.1f} % (shown "
              f"{100 * shown:.1f}), the best {100 * full.truth.max():.1f} %")  # fmt: skip
    rows = defaultdict(list)
    for judge in scores.columns:
        seen = scores.drop(columns=judge).to_numpy()
        for share in (0.25, 0.5, 0.75, 1.0):
            at = macs <= np.quantile(macs, share)
            world = World(costs=macs[at], truth=scores[judge].to_numpy()[at], noise=macs[at], scores=seen[at])
            best = world.truth[np.argmax(world.scores.mean(axis=1))]
            for rule, (chosen, shown, _) in picks(world).items():
                rows[rule].append((best - world.truth[chosen], shown - world.truth[chosen]))
    print("table_tiny, two seeds choose and the third judges, under four budgets each; points")
    for rule, values in rows.items():
        below, optimism = 100 * np.mean(values, axis=0)
        print(
            f"  {rule:7} {below:+.2f} below the network with the best mean of two, "
            f"shown {optimism:+.2f} too high"
        )


def on_search() -> None:
    folder = ResultsFolder(Path(moat_lab.__file__).parents[1] / "results" / "search_tiny_widths")
    plan, reading = folder.read_plan(), folder.read()
    table = with_measurements(summary(plan, reading.evaluations), plan, reading)
    by_key: dict[str, dict[int, float | None]] = {e.network_key: {} for e in reading.evaluations}
    for e in reading.evaluations:
        by_key[e.network_key][e.seed] = e.score
    scores = np.array([[by_key[key][seed] for seed in plan.seeds] for key in table["key"]])
    world = World(costs=table["macs"].to_numpy(), truth=scores[:, 0], noise=scores[:, 0], scores=scores)
    print("search_tiny_widths, 60 networks, two seeds")
    for rule, (chosen, shown, within) in picks(world).items():
        print(
            f"  {rule:7} {within:3} within one error; "
            f"the pick is {table['key'].iloc[chosen]}, shown {100 * shown:.1f} %"
        )
    assert pick_network(table, {}).chosen == table["key"].iloc[picks(world)["after"][0]]


def in_worlds(worlds: list[World]) -> None:
    rows, said, true = defaultdict(list), defaultdict(list), []
    for number, world in enumerate(worlds):
        for rule, (chosen, shown, _) in picks(world).items():
            rows[rule].append((world.truth.max() - world.truth[chosen], shown - world.truth[chosen]))
        rng = np.random.default_rng(number)
        fresh = world.truth[chosen] + world.noise[chosen] * rng.normal(size=CONFIRMED).mean()
        rows["confirmed"].append((world.truth.max() - world.truth[chosen], fresh - world.truth[chosen]))
        best = int(np.argmax(world.scores.mean(axis=1)))
        shown = world.scores[best].mean()
        rows["best mean"].append((world.truth.max() - world.truth[best], shown - world.truth[best]))
        said["before"].append(bootstrapped(world, rng))
        costs = world.costs[:, None]
        said["after"].append(frontier_probability(costs, world.by_seed, step=STEP, resamples=200))
        true.append(nondominated(np.column_stack([costs, -world.truth])))
    for rule, values in rows.items():
        regret, optimism = 100 * np.mean(values, axis=0)
        error = 100 * np.std(values, axis=0) / np.sqrt(len(values))
        print(f"  {rule:9} regret {regret:.2f} +- {error[0]:.2f}, optimism {optimism:+.2f} +- {error[1]:.2f}")
    for rule, probabilities in said.items():
        text = calibration(np.concatenate(probabilities), np.concatenate(true))
        print(f"  on the frontier, {rule:6} (said > true, %): {text}")


def picks(world: World) -> dict[str, tuple[int, float, int]]:
    """Rule -> position of the pick, the value that is shown for it, and how many were within one error."""
    means, seeds = world.scores.mean(axis=1), world.scores.shape[1]
    error = np.sqrt(world.scores.var(axis=1, ddof=1).mean() / seeds)
    posterior = shrunken_scores(world.costs[:, None], world.by_seed, step=STEP)
    table = pd.DataFrame(
        {
            "key": [f"{i:05}" for i in range(len(means))],
            "network": "",
            "params": 1,
            "macs": world.costs,
            "seeds": seeds,
            "score": means,
        }
    )
    before = table.assign(score_shrunken=means, score_error=error)
    after = table.assign(score_shrunken=posterior.means, score_error=posterior.deviations)
    found = {"before": pick_network(before, {}), "after": pick_network(after, {})}
    values = {"before": means, "after": posterior.means}
    return {
        rule: (int(pick.chosen), float(values[rule][int(pick.chosen)]), pick.within)
        for rule, pick in found.items()
    }


def bootstrapped(world: World, rng: np.random.Generator) -> np.ndarray:
    """The share of resamples on the frontier, with residuals pooled over all networks."""
    means, seeds = world.scores.mean(axis=1), world.scores.shape[1]
    residuals = ((world.scores - means[:, None]) / np.sqrt(1 - 1 / seeds)).ravel()
    drawn = means + rng.choice(residuals, (200, len(means), seeds)).mean(axis=2)
    on_frontier = [nondominated(np.column_stack([world.costs, -row])) for row in drawn]
    return np.asarray(np.mean(on_frontier, axis=0))


def calibration(said: np.ndarray, true: np.ndarray) -> str:
    groups = [(said >= low) & (said < high) for low, high in BINS]
    return ", ".join(
        f"{100 * said[of].mean():.0f} > {100 * true[of].mean():.0f}" for of in groups if of.any()
    )


def table_worlds() -> Iterator[World]:
    """Some networks of table_tiny, each with a true mean that its three seeds allow, and other seeds."""
    table = moat_lab.table("table_tiny")
    scores = table.pivot(index="key", columns="seed", values="top1")
    macs = table.groupby("key")["macs"].first().reindex(scores.index).to_numpy(dtype=np.float64)
    by_seed = [dict(enumerate(row)) for row in scores.to_numpy()]
    posterior, noise = shrunken_scores(macs[:, None], by_seed, step=STEP), seed_noise(by_seed, step=STEP)
    assert noise, "each network has three seeds"
    rng = np.random.default_rng(0)
    while True:
        truth = posterior.draws(1, rng)[0]
        chosen = rng.choice(len(macs), int(rng.integers(30, len(macs))), replace=False)
        yield observed(macs[chosen], truth[chosen], np.sqrt(noise.variance(truth[chosen])), rng)


def drawn_worlds() -> Iterator[World]:
    """12 to 200 networks that rise with their cost, up to all of a third that fail; bad ones are noisy."""
    rng = np.random.default_rng(1)
    while True:
        size = int(rng.integers(12, 200))
        costs = np.exp(rng.uniform(0, 3, size))
        rise = rng.uniform(0.02, 0.2) * np.exp(-costs / 3 * rng.uniform(0.5, 2))
        truth = rng.uniform(0.8, 0.97) - rise - rng.gamma(1, rng.uniform(0.005, 0.06), size)
        failed = rng.random(size) < rng.choice([0, 0.1, 0.3])
        truth = np.clip(np.where(failed, truth - rng.uniform(0.05, 0.5, size), truth), 0.1, 0.99)
        noise = np.clip(rng.uniform(0.007, 0.02) * ((1 - truth) / 0.1) ** 1.5, 0.003, 0.11)
        yield observed(costs, truth, noise, rng)


def observed(costs: np.ndarray, truth: np.ndarray, noise: np.ndarray, rng: np.random.Generator) -> World:
    """With two to five seeds, rounded to one of a thousand images."""
    scores = truth[:, None] + noise[:, None] * rng.normal(size=(len(truth), int(rng.integers(2, 6))))
    return World(costs=costs, truth=truth, noise=noise, scores=np.clip(scores.round(3), 0, 1))


if __name__ == "__main__":
    main()
