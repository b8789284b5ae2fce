"""Evaluations, measurements and plans on disk and back.

`results/NAME/` is `plan.json`, `evaluations/*.json` and, where something was measured, `measurements/*.json`.
"""

from moat_lab.records.calibration import Calibration, find_calibration, read_calibration, write_calibration
from moat_lab.records.evaluation import Epoch, Evaluation
from moat_lab.records.files import Damaged
from moat_lab.records.lock import locked
from moat_lab.records.measurement import Measured, Measurement, Measurements
from moat_lab.records.outcome import Outcome, Outcomes, Read, Trained
from moat_lab.records.outcomes import OutcomeReader
from moat_lab.records.plan import Plan, Variant, find_plan, read_plan, results_folders, write_plan
from moat_lab.records.proposed import Proposed, read_proposed, write_proposed
from moat_lab.records.reason import RETRY, reason_of
from moat_lab.records.search import Pruning, Rungs, Screen, Search
from moat_lab.records.store import Reading, Store, checkpoints_of, measurements_of, read_results, store_of

__all__ = [
    "RETRY",
    "Calibration",
    "Damaged",
    "Epoch",
    "Evaluation",
    "Measured",
    "Measurement",
    "Measurements",
    "Outcome",
    "OutcomeReader",
    "Outcomes",
    "Plan",
    "Proposed",
    "Pruning",
    "Read",
    "Reading",
    "Rungs",
    "Screen",
    "Search",
    "Store",
    "Trained",
    "Variant",
    "checkpoints_of",
    "find_calibration",
    "find_plan",
    "locked",
    "measurements_of",
    "read_calibration",
    "read_plan",
    "read_proposed",
    "read_results",
    "reason_of",
    "results_folders",
    "store_of",
    "write_calibration",
    "write_plan",
    "write_proposed",
]
