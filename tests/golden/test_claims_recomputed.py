"""results/claims.csv, computed again from the JSON of the evaluations by scipy and statsmodels alone.

Effect, interval, p after Holm and verdict follow from paired differences over the seeds that all compared
networks have, whose deviation is at least what rounding to whole images makes. No code of ours is used.
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

RESULTS = Path(__file__).parents[2] / "results"
COLUMNS = ["effect", "effect_low", "effect_high", "p_adjusted"]
TABLE = pd.read_csv(RESULTS / "claims.csv", keep_default_na=False, na_values=dict.fromkeys(COLUMNS, ""))
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
            score = record["top1"] if "top1" in record else record["scores"].get("top1")
            if record["recipe_key"] == self.plan["recipe_key"] and record["status"] == "ok":
                self.scores[record["network_key"]][record["seed"]] = score
        self.image = 1 / self.plan["recipe"]["val"]

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

    def differences(self, keys, signs):
        seeds = sorted(set.intersection(*(set(self.scores[key]) for key in keys)))
        rows = [[self.scores[key][seed] for key in keys] for seed in seeds]
        return np.array(rows) @ np.array(signs)

    def family(self, row):
        """Everything that shares Holm's correction with a row, itself first: differences and roundings."""
        if " x " in row.variant:
            return self.interactions(row)
        if " over " in row.variant:
            named = [name for name in self.plan["claims"] if " over " in name]
            named.sort(key=lambda name: name != row.variant)
            pairs = [[self.called(end, row.reading) for end in name.split(" over ")] for name in named]
            return [(self.differences(pair, (1, -1)), 2) for pair in pairs if all(pair)]
        own = self.called(row.variant, row.reading)
        others = [key for key in self.variants if key not in (self.baseline["key"], own)]
        return [(self.differences((key, self.baseline["key"]), (1, -1)), 2) for key in (own, *others)]

    def interactions(self, row):
        """Of two factors: what both changes do beyond the sum, for each pair of levels."""
        at = {tuple(v["factors"].values()): v["key"] for v in self.read(row.reading)}
        a, b = self.usual.values()
        first, second = (sorted({levels[i] for levels in at} - {(a, b)[i]}) for i in range(2))
        changes = dict(change.split("=", 1) for change in row.variant.split(" x "))
        wanted = tuple((self.usual | changes).values())
        corners = {(x, y): (at[x, y], at[x, b], at[a, y], at[a, b]) for x, y in product(first, second)}
        ordered = sorted(corners, key=lambda levels: levels != wanted)
        return [(self.differences(corners[levels], (1, -1, -1, 1)), 4) for levels in ordered]


@cache
def study(name):
    return Study(RESULTS / name)


def standard_error(differences, roundings, image):
    return max(differences.std(ddof=1), image * math.sqrt(roundings / 12)) / math.sqrt(len(differences))


def recomputed(row):
    """Effect, interval, p after Holm, and verdict."""
    of, family = study(row.study), study(row.study).family(row)
    errors = [standard_error(d, roundings, of.image) for d, roundings in family]
    ps = [2 * stats.t.sf(abs(d.mean() / e), len(d) - 1) for (d, _), e in zip(family, errors, strict=True)]
    own, error = family[0][0], errors[0]
    low, high = stats.t.interval(0.95, len(own) - 1, own.mean(), error)
    p, margin = multipletests(ps, method="holm")[1][0], of.plan["margin"]
    within = margin and stats.t.interval(0.9, len(own) - 1, own.mean(), error)
    if within and -margin < within[0] and within[1] < margin:
        verdict = "equivalent"
    elif p < 0.05:
        verdict = "better" if own.mean() > 0 else "worse"
    else:
        verdict = "not distinguishable"
    return own.mean(), low, high, p, verdict


@pytest.mark.parametrize("name", sorted(set(TABLE["study"])))
def test_every_row_follows_from_the_evaluations(name):
    rows = list(TABLE[TABLE["study"] == name].itertuples())
    for row in rows:
        *numbers, verdict = recomputed(row)
        assert [getattr(row, column) for column in COLUMNS] == pytest.approx(numbers, rel=1e-9, abs=1e-12)
        assert row.verdict == verdict
        assert row.seeds == len(study(name).family(row)[0][0])
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


def test_the_agreement_follows_from_claim_and_verdict():
    for row in TABLE.itertuples():
        assert row.agreement == AGREEMENT[row.claim].get(row.verdict, "underpowered")
