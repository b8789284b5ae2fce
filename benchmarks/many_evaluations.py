"""A results folder with as many evaluations as asked for, made in seconds: a search and its records."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

from moat_lab.costs import cost
from moat_lab.grammar import Space, parse
from moat_lab.records import Plan, ResultsFolder, Search, Variant
from moat_lab.records.evaluation import EVALUATION
from moat_lab.records.strict_json import from_text

SPACE = (
    "stem(a, stride=1) | n x mbconv @b(stride=1) | 1x mbconv @c | 2x mbconv+attn(head=8) @d | "
    "1x mbconv+attn(head=8) @e for 16px "
    "where a in 4..40:4, b in 8..80:8, c in 8..80:8, d in 16..96:16, e in 16..96:16, n in 1..3"
)
"""108,000 networks."""
RECIPE = {"data": "digits", "resolution": 16, "epochs": 27, "batch": 25, "learning_rate": 0.004}
CURVE = [
    {"epoch": e, "train_loss": 2.0 / e, "val_loss": 2.1 / e, "score": 0.03 * e, "learning_rate": 0.004}
    for e in range(3, 28, 3)
]
ENVIRONMENT = {
    "python": "3.11", "torch": "2.15.0", "commit": "0" * 40, "device": "cpu", "threads": 1,
    "processor": "a processor",
}  # fmt: skip


def make_study(folder: Path, evaluations: int) -> None:
    """`folder`, with a search of so many networks, one seed each."""
    variants = _variants(evaluations)
    ResultsFolder(folder).write_plan(_plan(variants))
    records = folder / "evaluations"
    records.mkdir()
    rng = random.Random(0)
    for variant in variants:
        path = records / f"{variant.key}-beef-0.json"
        path.write_text(_record(variant, _top1(variant, rng)), encoding="utf-8")
    assert ResultsFolder(folder).read_plan().variants == variants
    from_text(EVALUATION, path.read_text(encoding="utf-8"))  # one of them, as a reader sees it


def write_csv(folder: Path, path: Path) -> None:
    """What the bare page reads: one ready row for each evaluation of `folder`."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["key", "macs", "top1"])
        for record in (folder / "evaluations").iterdir():
            known = json.loads(record.read_text(encoding="utf-8"))
            rows.writerow([known["network_key"], known["costs"]["macs"] / 1e6, 100 * known["scores"]["top1"]])


def _variants(many: int) -> tuple[Variant, ...]:
    """Networks of the space, spread over it, with their exact costs."""
    space = parse(SPACE)
    assert isinstance(space, Space)
    step = len(space) // many
    return tuple(_variant(space, i * step) for i in range(many))


def _variant(space: Space, i: int) -> Variant:
    digits = space.digits(i)
    network = space.at(digits)
    of = cost(network, 16, num_classes=10, in_chans=1)
    return Variant(
        key=network.key,
        network=str(network),
        factors=space.levels_at(digits),
        costs=of.values,
    )


def _plan(variants: tuple[Variant, ...]) -> Plan:
    return Plan(
        name="many",
        question="Which widths?",
        expectation="Doubled from stage to stage.",
        source="Yang et al. 2023",
        baseline="",
        recipe=RECIPE,
        recipe_key="beef",
        seeds=(0,),
        command="python -m moat_lab.study many",
        variants=variants,
        search=Search(
            space=SPACE,
            objectives=("top1", "macs"),
            limits={},
            reference={"top1": 0.5, "macs": 50e6},
            sampler={"name": "random", "seed": 0},
            trials=len(variants),
        ),
    )


def _top1(variant: Variant, rng: random.Random) -> float:
    """Rises with the MACs, and scatters."""
    mean = 0.8 + 0.15 * (variant.costs["macs"] / 30e6) ** 0.3
    return round(min(1.0, float(mean) + rng.gauss(0, 0.02)), 3)


def _record(variant: Variant, top1: float) -> str:
    curve = [*CURVE[:-1], CURVE[-1] | {"score": top1}]
    known = {
        "network": variant.network,
        "network_key": variant.key,
        "recipe": RECIPE,
        "recipe_key": "beef",
        "seed": 0,
        "status": "ok",
        "error": None,
        "scores": {"top1": top1},
        "final_loss": curve[-1]["train_loss"],
        "curve": curve,
        "costs": variant.costs,
        "train_s": 6.0,
        "images_per_s": 900.0,
        "environment": ENVIRONMENT,
    }
    return json.dumps(known, indent=2) + "\n"
