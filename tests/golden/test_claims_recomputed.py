"""results/claims.csv, computed again from the JSON of the evaluations by scipy and statsmodels alone.

Effect, interval, p after Holm and verdict follow from paired differences over the seeds that all compared
networks have, whose deviation is at least what rounding to whole images makes. Over cells an effect is the
mean of theirs, each with its deviation, and the degrees of freedom are Satterthwaite's. No code of ours is
used.
"""

import json
import math
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

RESULTS = Path(__file__).parents[2] / "results"
COLUMNS = ["effect", "effect_low", "effect_high", "p_adjusted"]
TABLE = pd.read_csv(RESULTS / "claims.csv", keep_default_na=False, na_values=dict.fromkeys(COLUMNS, ""))
FIRST, SECOND = 0.04, 0.005
"""The error that a first look at the data spends, and a second; no study here planned looks."""
MAIN = ("top1", "miou", "box_ap")
"""What is compared: the main score of each task."""
TOLERANCE = 0.02
"""Costs that differ by less count as the same, in a reading at the baseline's cost."""


class Study:
    """The plan and scores of a folder, as they lie on the disk."""

    def __init__(self, folder):
        self.plan = json.loads((folder / "plan.json").read_text())
        self.variants = {v["key"]: v for v in self.plan["variants"]}
        self.baseline = self.variants[self.plan["baseline"]]
        self.scores = {key: {} for key in self.variants}
        for path in (folder / "evaluations").glob("*.json"):
            record = json.loads(path.read_text())
            scores = {"top1": record["top1"]} if "top1" in record else record["scores"]
            score = next((scores[name] for name in MAIN if name in scores), None)
            if record["recipe_key"] == self.plan["recipe_key"] and record["status"] == "ok":
                self.scores[record["network_key"]][record["seed"]] = score
        self.image = 1 / self.plan["recipe"]["val"]
        self.level = SECOND if self.plan.get("earlier_looks") else FIRST

    def read(self, reading):
        """The variants of a reading: those as written, or those with the baseline's cost."""
        if reading == "none":
            return [v for v in self.variants.values() if not v["matched"]]
        wanted = self.cost(self.baseline, reading)
        return [v for v in self.variants.values() if abs(self.cost(v, reading) / wanted - 1) <= TOLERANCE]

    @staticmethod
    def cost(variant, name):
        return variant["costs"][name] if "costs" in variant else variant[name]

    def called(self, name, reading):
        """The variant of a claim: `LEVEL`, `FACTOR=LEVEL`, or several of these, all else as the baseline."""
        changes = [{f: x for f, x in v["factors"].items() if x != self.usual[f]} for v in self.read(reading)]
        texts = [", ".join(f"{factor}={level}" for factor, level in of.items()) for of in changes]
        alone = [next(iter(of.values())) if len(self.usual) == 1 and of else "" for of in changes]
        found = [
            v["key"] for v, *names in zip(self.read(reading), texts, alone, strict=True) if name in names
        ]
        return found[0] if len(found) == 1 else None

    @property
    def usual(self):
        return self.baseline["factors"]

    def learned(self, key):
        """How many trainings reach the threshold, of how many."""
        scores = self.scores[key].values()
        return sum(score >= self.plan["success"] for score in scores), len(scores)

    def cell(self, variant):
        """The levels of the factors that are cells, such as a width."""
        return tuple(variant["factors"][factor] for factor in self.plan.get("cells", ()))

    def treatment(self, variant):
        """The levels of the other factors."""
        return {f: x for f, x in variant["factors"].items() if f not in self.plan.get("cells", ())}

    def over_cells(self, row):
        """Each variant but the baseline, that of the row first: its differences in each cell."""
        usual, blocks = self.treatment(self.baseline), {}
        bases = {self.cell(v): v["key"] for v in self.variants.values() if self.treatment(v) == usual}
        for v in self.variants.values():
            if self.treatment(v) != usual:
                name = ", ".join(x for f, x in self.treatment(v).items() if x != usual[f])
                pair = (v["key"], bases[self.cell(v)])
                blocks.setdefault(name, []).append(self.differences(pair, (1, -1)))
        return [(blocks[name], 2) for name in sorted(blocks, key=lambda name: name != row.variant)]

    def differences(self, keys, signs):
        seeds = sorted(set.intersection(*(set(self.scores[key]) for key in keys)))
        rows = [[self.scores[key][seed] for key in keys] for seed in seeds]
        return np.array(rows) @ np.array(signs)

    def family(self, row):
        """Everything that shares Holm's correction with a row, itself first: by cell; and roundings."""
        if self.plan.get("cells"):
            return self.over_cells(row)
        if " x " in row.variant:
            return self.interactions(row)
        if " over " in row.variant:
            named = [name for name in self.plan["claims"] if " over " in name]
            named.sort(key=lambda name: name != row.variant)
            pairs = [[self.called(end, row.reading) for end in name.split(" over ")] for name in named]
            return [([self.differences(pair, (1, -1))], 2) for pair in pairs if all(pair)]
        own = self.called(row.variant, row.reading)
        others = [key for key in self.variants if key not in (self.baseline["key"], own)]
        return [([self.differences((key, self.baseline["key"]), (1, -1))], 2) for key in (own, *others)]

    def interactions(self, row):
        """Of two factors: what both changes do beyond the sum, for each pair of levels."""
        at = {tuple(v["factors"].values()): v["key"] for v in self.read(row.reading)}
        a, b = self.usual.values()
        first, second = (sorted({levels[i] for levels in at} - {(a, b)[i]}) for i in range(2))
        changes = dict(change.split("=", 1) for change in row.variant.split(" x "))
        wanted = tuple((self.usual | changes).values())
        corners = {(x, y): (at[x, y], at[x, b], at[a, y], at[a, b]) for x, y in product(first, second)}
        ordered = sorted(corners, key=lambda levels: levels != wanted)
        return [([self.differences(corners[levels], (1, -1, -1, 1))], 4) for levels in ordered]


@cache
def study(name):
    return Study(RESULTS / name)


def estimate(blocks, roundings, image):
    """Mean, standard error and degrees of freedom of the mean over blocks."""
    rounding = image * math.sqrt(roundings / 12)
    errors = [max(block.std(ddof=1), rounding) / math.sqrt(len(block)) for block in blocks]
    squares = np.square(errors)
    freedom = squares.sum() ** 2 / sum(e**2 / (len(b) - 1) for e, b in zip(squares, blocks, strict=True))
    return np.mean([b.mean() for b in blocks]), math.sqrt(squares.sum()) / len(blocks), freedom


def asked(row):
    """The effect in question: the source's, or else the margin."""
    plan, claim = study(row.study).plan, study(row.study).plan["claims"][row.variant]
    stated = claim.get("effect") if isinstance(claim, dict) else None
    return stated or plan["margin"]


def power(effect, error, freedom, confidence):
    """The share of studies whose t is beyond its bound."""
    bound, distance = stats.t.ppf((1 + confidence) / 2, freedom), effect / error
    return stats.nct.sf(bound, freedom, distance) + stats.nct.cdf(-bound, freedom, distance)


def recomputed(row):
    """Effect, interval, p after Holm, and verdict."""
    of, family = study(row.study), study(row.study).family(row)
    if of.plan.get("success"):
        return recomputed_share(row)
    estimates = [estimate(blocks, roundings, of.image) for blocks, roundings in family]
    ps = [2 * stats.t.sf(abs(mean / error), freedom) for mean, error, freedom in estimates]
    mean, error, freedom = estimates[0]
    low, high = stats.t.interval(0.95, freedom, mean, error)
    p, margin, effect = multipletests(ps, method="holm")[1][0], of.plan["margin"], asked(row)
    within = margin and stats.t.interval(1 - 2 * of.level, freedom, mean, error)
    if within and -margin < within[0] and within[1] < margin:
        verdict = "equivalent"
    elif p < of.level:
        verdict = "better" if mean > 0 else "worse"
    elif effect and power(effect, error, freedom, 1 - of.level / len(family)) < 0.5:
        verdict = "underpowered"
    else:
        verdict = "not distinguishable"
    return mean, low, high, p, verdict


def recomputed_share(row):
    """As `recomputed`, of the shares of trainings that learned the task."""
    of = study(row.study)
    keys = [of.called(row.variant, row.reading)]
    keys += [key for key in of.variants if key not in (of.baseline["key"], keys[0])]
    (k, n), *others = [of.learned(key) for key in (of.baseline["key"], *keys)]
    ps = [1.0 if a + k in (0, m + n) else barnard([[a, k], [m - a, n - k]]) for a, m in others]
    (a, m), p, margin = others[0], multipletests(ps, method="holm")[1][0], of.plan["margin"]
    low, high = confint_proportions_2indep(a, m, k, n, method="newcomb")
    within = confint_proportions_2indep(a, m, k, n, method="newcomb", alpha=2 * of.level)
    if -margin < within[0] and within[1] < margin:
        verdict = "equivalent"
    elif p < of.level:
        verdict = "better" if a / m > k / n else "worse"
    else:
        other = k / n - margin if k / n >= 0.5 else k / n + margin
        enough = power_of_shares((other, m), (k / n, n), of.level / len(others)) >= 0.5
        verdict = "not distinguishable" if enough else "underpowered"
    return a / m - k / n, low, high, p, verdict


def power_of_shares(first, second, level):
    """The chance of a p below the level, over all outcomes."""
    (p, m), (q, n) = first, second
    return sum(
        stats.binom.pmf(a, m, p) * stats.binom.pmf(b, n, q)
        for a, b in product(range(m + 1), range(n + 1))
        if a + b not in (0, m + n) and barnard([[a, b], [m - a, n - b]]) < level
    )


@cache
def _barnard(a, b, c, d):
    return stats.barnard_exact([[a, b], [c, d]]).pvalue


def barnard(table):
    return _barnard(*table[0], *table[1])


@pytest.mark.parametrize("name", sorted(set(TABLE["study"])))
def test_every_row_follows_from_the_evaluations(name):
    rows = list(TABLE[TABLE["study"] == name].itertuples())
    for row in rows:
        *numbers, verdict = recomputed(row)
        assert [getattr(row, column) for column in COLUMNS] == pytest.approx(numbers, rel=1e-9, abs=1e-12)
        assert row.verdict == verdict
        assert row.seeds == sum(map(len, study(name).family(row)[0][0]))
    claimed = study(name).plan["claims"]
    assert {(row.variant, row.claim) for row in rows} == {
        (variant, of if isinstance(of, str) else of["claim"]) for variant, of in claimed.items()
    }


def test_all_studies_with_claims_are_in_the_table():
    plans = [json.loads(path.read_text()) for path in RESULTS.glob("*/plan.json")]
    assert {plan["name"] for plan in plans if plan["claims"]} == set(TABLE["study"])


AGREEMENT = {
    "better": {"better": "agrees", "worse": "contradicts", "equivalent": "contradicts"},
    "worse": {"better": "contradicts", "worse": "agrees", "equivalent": "contradicts"},
    "not better": {"better": "contradicts", "worse": "agrees", "equivalent": "agrees"},
    "not worse": {"better": "agrees", "worse": "contradicts", "equivalent": "agrees"},
}


OPEN = dict.fromkeys(("better", "worse", "equivalent"))  # decided, whatever the claim
OPEN |= {"underpowered": "underpowered", "not distinguishable": "undecided"}


def test_the_agreement_follows_from_claim_and_verdict():
    for row in TABLE.itertuples():
        assert row.agreement == AGREEMENT[row.claim].get(row.verdict, OPEN[row.verdict])
