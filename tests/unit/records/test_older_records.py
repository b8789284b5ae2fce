"""Older records are read as they are: from before costs and scores were mappings, and with older names."""

import json
from dataclasses import replace

import pytest

from moat_lab.records import ResultsFolder
from moat_lab.records.evaluation import EVALUATION
from moat_lab.records.strict_json import from_text, to_text


def older(content: dict) -> dict:
    """A record with costs and top-1 as fields of their own, in the curve too."""
    fields = {name: value for name, value in content.items() if name not in ("costs", "scores")}
    top1 = {"top1": content["scores"].get("top1")} if "scores" in content else {}
    curve = [
        {"top1" if n == "score" else n: v for n, v in point.items()} for point in content.get("curve", ())
    ]
    return fields | content["costs"] | top1 | ({"curve": curve} if curve else {})


def test_an_older_evaluation_is_the_same(evaluation):
    known = evaluation()
    text = json.dumps(older(json.loads(to_text(EVALUATION, known))))
    assert '"macs": 20000' in text
    assert from_text(EVALUATION, text) == known


@pytest.mark.parametrize("status", ["failed", "paused"])
def test_one_without_a_score_has_none(evaluation, paused, status):
    known = paused(2) if status == "paused" else evaluation(status="failed", error="killed", scores={})
    text = json.dumps(older(json.loads(to_text(EVALUATION, known))))
    assert '"top1": null' in text
    assert from_text(EVALUATION, text) == known


def test_the_variants_of_an_older_plan_have_the_same_costs(plan, tmp_path):
    path = ResultsFolder(tmp_path).write_plan(plan())
    content = json.loads(path.read_text())
    content["variants"] = [older(variant) for variant in content["variants"]]
    path.write_text(json.dumps(content))
    assert "costs" not in path.read_text()
    assert ResultsFolder(tmp_path).read_plan() == plan()


@pytest.mark.parametrize("width", [None, 0.005])
def test_an_older_plan_calls_the_target_half_width_until(plan, tmp_path, width):
    known = plan(target_half_width=width)
    path = ResultsFolder(tmp_path).write_plan(known)
    path.write_text(path.read_text().replace('"target_half_width"', '"until"'))
    assert '"until": ' in path.read_text()
    assert ResultsFolder(tmp_path).read_plan() == known


def test_costs_of_any_metric_are_kept(plan, tmp_path):
    costs = {"params": 1, "macs": 2, "activations": 3, "memory_mb": 0.25}
    known = plan(variants=tuple(replace(v, costs=costs) for v in plan().variants))
    ResultsFolder(tmp_path).write_plan(known)
    assert ResultsFolder(tmp_path).read_plan().variants[0].costs == costs
