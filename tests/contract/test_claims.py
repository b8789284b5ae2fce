"""Laws of every committed claim: it says who makes it, with what effect, and truly when it was written."""

import json
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import yaml

from moat_lab.study.study_spec import load_study

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"
STATED = [
    (path.stem, name, claim)
    for path in sorted((ROOT / "studies").glob("*.yaml"))
    for name, claim in load_study(path).claims.items()
]


@pytest.mark.parametrize(("study", "name", "claim"), STATED, ids=lambda value: str(value)[:40])
def test_a_claim_says_its_kind_and_source_and_a_number_its_effect_and_setting(study, name, claim):
    assert claim.kind
    assert claim.source
    assert (claim.effect is not None and claim.setting != "") == (claim.kind == "number")


def git(*words):
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True)


@cache
def claims_at(commit, study):
    """Claims of a study's file in a commit; None where this checkout has no such commit."""
    if git("cat-file", "-e", f"{commit}^{{commit}}").returncode:
        return None
    shown = git("show", f"{commit}:studies/{study}.yaml")
    return {
        str(name): claim for name, claim in (yaml.safe_load(shown.stdout) or {}).get("claims", {}).items()
    }


def is_there(claims, name, claim):
    """Whether the file made the claim; the name of a level that is a number was once the number alone."""
    factor, _, level = name.partition("=")
    stated = claims.get(name, claims.get(level if factor.isidentifier() and level.isdigit() else name))
    return claim == (stated["claim"] if isinstance(stated, dict) else stated)


@cache
def commits_by_network():
    """Network key and recipe key -> the commits of the code that trained it."""
    commits = defaultdict(set)
    for path in RESULTS.glob("**/evaluations/*.json"):
        record = json.loads(path.read_text())
        commits[record["network_key"], record["recipe_key"]].add(record["environment"]["commit"])
    return commits


def corners(plan, row):
    """Keys of the networks that a row compares, in all cells; of an interaction, that of both changes."""
    if plan.get("cells"):
        at = {
            v["key"]: {f: x for f, x in v["factors"].items() if f not in plan["cells"]}
            for v in plan["variants"]
        }
        return [key for key, levels in at.items() if row.variant in levels.values()]
    if isinstance(row.network, str):
        return [row.network, row.other_network]
    usual = next(v["factors"] for v in plan["variants"] if v["key"] == plan["baseline"])
    both = usual | dict(change.split("=", 1) for change in row.variant.split(" x "))
    return [v["key"] for v in plan["variants"] if v["factors"] == both]


def test_a_claim_was_written_before_the_training_exactly_where_it_says_so():
    """Before: at least one of the networks was only trained by code whose study made the claim already."""
    if git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        pytest.skip("a checkout with its history is needed")
    seen = {}
    for row in pd.read_csv(RESULTS / "claims.csv").dropna(subset=["written"]).itertuples():
        plan = json.loads((RESULTS / row.study / "plan.json").read_text())
        files = [
            [claims_at(commit, row.study) for commit in commits_by_network()[key, plan["recipe_key"]]]
            for key in corners(plan, row)
        ]
        if not files or any(None in of for of in files):
            continue  # no such network in this reading, or trained by a commit that is gone
        before = any(all(is_there(claims, row.variant, row.claim) for claims in of) for of in files)
        earlier, _ = seen.get((row.study, row.variant), (True, ""))
        seen[row.study, row.variant] = (earlier and before, row.written)
    assert len(seen) >= 40
    wrong = {name: said for name, (before, said) in seen.items() if said != ("before" if before else "after")}
    assert wrong == {}
