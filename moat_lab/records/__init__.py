"""Evaluations, measurements and plans on disk and back.

`results/NAME/` is `plan.json`, `evaluations/*.json` and, where something was measured, `measurements/*.json`.
"""

from moat_lab.records.confirmation import Confirmation, Selected
from moat_lab.records.evaluation import RETRY_OPTION, Epoch, Evaluation, failure_reason
from moat_lab.records.files import Damaged
from moat_lab.records.measurement import Measurement
from moat_lab.records.outcome import Outcome, Reading, Trained
from moat_lab.records.outcome_reader import OutcomeReader
from moat_lab.records.plan import Calibration, Plan, Variant
from moat_lab.records.results_folder import ResultsFolder
from moat_lab.records.search import ProposalCounts, Pruning, Rungs, Screen, Search
from moat_lab.records.status import SlotStatus, Status
from moat_lab.records.store import Store

__all__ = [
    "RETRY_OPTION",
    "Calibration",
    "Confirmation",
    "Damaged",
    "Epoch",
    "Evaluation",
    "Measurement",
    "Outcome",
    "OutcomeReader",
    "Plan",
    "ProposalCounts",
    "Pruning",
    "Reading",
    "ResultsFolder",
    "Rungs",
    "Screen",
    "Search",
    "Selected",
    "SlotStatus",
    "Status",
    "Store",
    "Trained",
    "Variant",
    "failure_reason",
]
