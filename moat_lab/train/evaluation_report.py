"""What `moat-lab evaluate` says: scores, those of each class, and a figure of the worst images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tabulate import tabulate

from moat_lab.device import out_of_memory
from moat_lab.errors import UserError
from moat_lab.files import write_atomically
from moat_lab.report.predictions import PredictionsInfo
from moat_lab.report.predictions.figure import draw_predictions
from moat_lab.report.style import figure_bytes
from moat_lab.report.units import score_title
from moat_lab.train.weights_evaluation import EvaluationRequest, WeightsResult, evaluate_weights

PICTURES = 8
"""Images in the file of the worst ones."""
FORMS = (".png", ".pdf", ".svg")


def evaluation_text(request: EvaluationRequest, pictures: Path | None = None) -> str:
    """What to print.

    Args:
        pictures: a file for the worst images, with labels and predictions; None is none.
    """
    if pictures:
        check_pictures(pictures)
        request = replace(request, pictures=PICTURES)
    done = _within_memory(request)
    result = done.result
    if pictures:
        write_pictures(pictures, done)
    return "\n".join(
        [
            *(f"{score_title(name):<9} {100 * score:.2f} %" for name, score in result.scores.items()),
            f"loss      {result.loss:.4f}",
            f"images    {result.images} ({done.part}), at {done.resolution} px",
            f"images/s  {result.images / done.seconds:.0f}",
            *([class_table(done.class_scores, done.classes)] if done.class_scores else []),
            *([done.note] if done.note else []),
        ]
    )


def class_table(scores: Mapping[str, Sequence[float | None]], classes: Sequence[str]) -> str:
    """A line for each class, with its scores in percent; of those that do not occur, that they do not."""
    count = len(next(iter(scores.values())))
    names = classes or [f"class {number}" for number in range(count)]
    columns = [["does not occur" if v is None else f"{100 * v:.2f}" for v in of] for of in scores.values()]
    titles = ["class", *(f"{title}, %" for title in scores)]
    rows = zip(names, *columns, strict=True)
    return tabulate(
        rows, titles, tablefmt="simple", disable_numparse=True, colalign=["left", *["right"] * len(scores)]
    )


def write_pictures(path: Path, done: WeightsResult) -> None:
    """The worst images as a figure, its form by the name's end."""
    info = PredictionsInfo(
        images=done.worst, title=score_title(done.result.task.score), classes=tuple(done.classes)
    )
    form = path.suffix[1:].lower()
    write_atomically(path, figure_bytes(draw_predictions, info, [form])[f".{form}"])


def _within_memory(request: EvaluationRequest) -> WeightsResult:
    try:
        return evaluate_weights(request)
    except (MemoryError, RuntimeError) as failure:
        if not out_of_memory(failure):
            raise
    smaller = f"--batch {request.batch // 2}" if request.batch > 1 else "a lower --resolution"
    raise UserError(
        f"evaluate: memory for batch {request.batch} is needed; {request.device} has less\n  try {smaller}"
    )


def check_pictures(path: Path) -> None:
    """Raises UserError unless such a figure can be written."""
    if path.suffix.lower() not in FORMS:
        raise UserError(f"--pictures: a file that ends in {' or '.join(FORMS)} is needed; got {path}")
    if not path.parent.is_dir():
        raise UserError(f"--pictures: a folder that is there is needed; got {path.parent}")
