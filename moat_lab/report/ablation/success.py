"""A task that is learned or not: how many trainings learn it, and when -> sections of report.md."""

from collections.abc import Iterable, Sequence
from statistics import median

from moat_lab.analysis.success import success_rate
from moat_lab.analysis.trainings import counted
from moat_lab.records import Evaluation, Plan
from moat_lab.report.markdown import markdown_table
from moat_lab.report.names import labels
from moat_lab.report.units import NOTHING, code, percent

_TITLES = ("variant", "learned", "share, % [95 %]", "epochs until then, by seed", "median")
_METHOD = """\
A training has learned the task where it ends with {title} of at least {threshold:g} %. Effects above are
differences of the share of trainings that have, in points, with Newcombe's interval (1998); p is Barnard's,
exact without fixed margins, and after Holm. Seeds are not paired in it. The mean of scores is shown, and not
tested: where trainings learn or fail, its t interval covers 71 to 76 %. Intervals of a share are Wilson's. An
epoch is the first validation that reaches {threshold:g} %; a dash is a training whose curve never does."""


def success_sections(plan: Plan, evaluations: Iterable[Evaluation]) -> list[str]:
    """How many trainings of each variant learn, and when; nothing where the outcome is the score."""
    if plan.success is None:
        return []
    names, finished = labels(plan), [e for e in counted(plan, evaluations) if e.status == "ok"]
    rows = [
        (code(names[v.key]), *_row(plan.success, [e for e in finished if e.network_key == v.key]))
        for v in plan.variants
    ]
    method = _METHOD.format(title=plan.task.metric.title, threshold=100 * plan.success)
    return ["### Learned or not", markdown_table("lrrlr", _TITLES, rows), method]


def epochs_to(threshold: float, evaluation: Evaluation) -> int | None:
    """The first epoch of the learning curve whose score reaches the threshold; None where none does."""
    return next((point.epoch for point in evaluation.curve if point.score >= threshold), None)


def _row(threshold: float, finished: Sequence[Evaluation]) -> tuple[str, ...]:
    scores = [e.score for e in finished if e.score is not None]
    rate = success_rate(scores, threshold)
    epochs = [epochs_to(threshold, e) for e in sorted(finished, key=lambda e: e.seed)]
    reached = [epoch for epoch in epochs if epoch is not None]
    middle = f"{median(reached):g}" if len(reached) > len(epochs) / 2 else NOTHING
    return (
        f"{sum(score >= threshold for score in scores)} of {len(scores)}",
        percent(rate.mean, rate.low, rate.high),
        ", ".join(NOTHING if epoch is None else str(epoch) for epoch in epochs) or NOTHING,
        middle,
    )
