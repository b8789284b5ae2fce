"""Evaluations, measurements and plans on disk and back.

`results/NAME/` is `plan.json`, `evaluations/*.json` and, where something was measured, `measurements/*.json`.
"""

from moat_lab.records.evaluation import Epoch, Evaluation
from moat_lab.records.files import Damaged
from moat_lab.records.measurement import Measured, Measurement, Measurements
from moat_lab.records.plan import Plan, Variant, read_plan, results_folders, write_plan
from moat_lab.records.search import Rungs, Search
from moat_lab.records.store import Reading, Store, checkpoints_of, measurements_of, store_of
from moat_lab.records.whole import write_whole

__all__ = [
    "Damaged",
    "Epoch",
    "Evaluation",
    "Measured",
    "Measurement",
    "Measurements",
    "Plan",
    "Reading",
    "Rungs",
    "Search",
    "Store",
    "Variant",
    "checkpoints_of",
    "measurements_of",
    "read_plan",
    "results_folders",
    "store_of",
    "write_plan",
    "write_whole",
]
