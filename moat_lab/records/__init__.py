"""Evaluations and plans on disk and back: `results/NAME/` is `plan.json` and `evaluations/*.json`."""

from moat_lab.records.evaluation import Epoch, Evaluation
from moat_lab.records.plan import Plan, Variant, read_plan, results_folders, write_plan
from moat_lab.records.store import Damaged, Reading, Store, store_of
from moat_lab.records.whole import write_whole

__all__ = [
    "Damaged",
    "Epoch",
    "Evaluation",
    "Plan",
    "Reading",
    "Store",
    "Variant",
    "read_plan",
    "results_folders",
    "store_of",
    "write_plan",
    "write_whole",
]
