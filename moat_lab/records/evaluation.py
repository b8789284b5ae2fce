"""One training of one network with one recipe and one seed: the unit of truth."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any, Literal

from annotated_types import Ge
from pydantic import AfterValidator, AliasChoices, Field, TypeAdapter

from moat_lab.metrics import METRICS
from moat_lab.records.html_rows import two_rows_html
from moat_lab.records.strict_json import Costs, Real
from moat_lab.tasks import DEFAULT, TASKS, Task, task_of

RETRY_OPTION = "--retry-failed"
"""The option of a study's command that trains failed ones again."""
_WAY = ("  ", "Traceback ")
"""What begins a line of the way through the code; the first line without it names the exception's type."""
_COUNTS = ("resolution", "train", "val", "epochs", "batch", "curve_points")


def check_recipe(recipe: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises ValueError where what reports and estimates reckon with is there and of a wrong kind."""
    for name in _COUNTS:
        value = recipe.get(name, 1)
        if not (type(value) is int and 1 <= value <= 10**9) and value != "all":
            raise ValueError(f"{name}: should be a whole number from 1 to 1,000,000,000; got {value!r:.60}")
    if recipe.get("task", DEFAULT) not in tuple(TASKS):
        raise ValueError(f"task: should be one of {', '.join(TASKS)}; got {recipe['task']!r:.60}")
    if not isinstance(data := recipe.get("data", "unknown"), str):
        raise ValueError(f"data: should be a text; got {data!r:.60}")
    if not _are_learning_rates(tuned := recipe.get("tuned", [])):
        raise ValueError(f"tuned: should be pairs of a network's key and a learning rate; got {tuned!r:.60}")
    if (pretrain := recipe.get("pretrain")) is not None:
        if not isinstance(pretrain, Mapping):
            raise ValueError(f"pretrain: should be a recipe; got {pretrain!r:.60}")
        check_recipe(pretrain)
    return recipe


def _are_learning_rates(tuned: object) -> bool:
    if not isinstance(tuned, list | tuple):
        return False
    kinds = ([*map(type, pair)] if isinstance(pair, list | tuple) else None for pair in tuned)
    return all(kind in ([str, float], [str, int]) for kind in kinds)


def key_of_recipe(content: Mapping[str, Any]) -> str:
    """The first 12 hex digits of the SHA-256 of a recipe's content."""
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def _no_less_than_0(value: float) -> float:
    if value < 0:
        raise ValueError(f"should be 0 or more; got {value!r}")
    return value


RecordedRecipe = Annotated[Mapping[str, Any], AfterValidator(check_recipe)]
NotNegative = Annotated[Real, AfterValidator(_no_less_than_0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One point of a learning curve: mean losses of the epoch, and the task's main score on val."""

    epoch: Annotated[int, Ge(0)]
    train_loss: Real
    val_loss: Real
    score: Annotated[Real, Field(validation_alias=AliasChoices("score", "top1"))]
    """`top1` in older records."""
    learning_rate: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What one training gave, what it cost, and where it ran.

    A paused training has run for a part of its epochs: its curve ends there, and it has no score yet.

    Args:
        network: canonical text.
        network_key: 12 hex digits of its SHA-256.
        recipe: JSON values only.
        error: traceback of a failed training, otherwise None.
        scores: what the task measures on val after the recipe's last epoch, such as `top1`, fractions; empty
            if failed or paused.
        costs: of one image at the recipe's resolution, by the name of the metric.
        final_loss: mean train loss of the curve's last epoch; None if there is none, or not a finite one.
        train_s: seconds of training, evaluation and setup excluded; over all parts of a paused one.
        test_scores: as `scores`, on the test split; empty, and not in the file, where it stays closed.
        peak_memory_bytes: most that tensors took at a time, on a GPU; None on a CPU, and in older records.
        environment: versions, git commit, hardware, device, threads; JSON values only.

    Raises:
        ValueError: the fields contradict each other; the message begins with the field's name.
    """

    network: str
    network_key: str
    recipe: RecordedRecipe
    recipe_key: str
    seed: int
    status: Literal["ok", "failed", "paused"]
    error: str | None
    scores: Mapping[str, float]
    final_loss: float | None
    curve: tuple[Epoch, ...]
    costs: Costs
    train_s: NotNegative
    images_per_s: NotNegative
    environment: Mapping[str, Any]
    peak_memory_bytes: int | None = None
    test_scores: Annotated[Mapping[str, float], Field(exclude_if=lambda scores: not scores)] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        check_keys(self.network_key, self.recipe_key, self.seed)
        if self.status == "failed":
            _require(self.error, "error", "a text if status is failed", self.error)
            return
        _require(self.error is None, "error", f"null if status is {self.status}", self.error)
        _require(
            not self.test_scores or _are_fractions(self.test_scores),
            "test_scores",
            "fractions",
            dict(self.test_scores),
        )
        if self.status == "ok":
            _require(_are_fractions(self.scores), "scores", "fractions if status is ok", dict(self.scores))
        else:
            _require(not self.scores, "scores", "empty if status is paused", dict(self.scores))
            _require(self.curve, "curve", "a point or more if status is paused", self.curve)
            reached = self.curve[-1].train_loss
            _require(
                self.final_loss == reached, "final_loss", f"that of the curve ({reached})", self.final_loss
            )

    def _repr_html_(self) -> str:
        """Scores in percent and costs; of a training without scores what became of it."""
        shown = {METRICS[name].title: f"{100 * score:.1f} %" for name, score in self.scores.items()}
        if self.status != "ok":
            shown = {self.status: failure_reason(self.error) if self.error else f"after epoch {self.epochs}"}
        shown |= {METRICS[name].title: f"{value:,}" for name, value in self.costs.items()}
        times = {"seed": str(self.seed), "training": f"{self.train_s:.1f} s"}
        return two_rows_html(self.network, shown | times)

    @property
    def task(self) -> Task:
        return task_of(self.recipe)

    @property
    def score(self) -> float | None:
        """The task's main one; None where the training has not finished."""
        return next(iter(self.scores.values()), None)

    @property
    def epochs(self) -> int:
        """The epoch of the curve's last point; 0 where there is none."""
        return self.curve[-1].epoch if self.curve else 0

    def score_at(self, epoch: int) -> float | None:
        """The fraction on val after that epoch; None where val was not looked at."""
        return next((point.score for point in self.curve if point.epoch == epoch), None)


def failure_reason(error: str | None) -> str:
    """The line that begins with the exception's type; where it ends in a colon, the next one too.

    What follows is often a hint, such as torch's `Compile with TORCH_USE_CUDA_DSA ...`.
    """
    lines = [line for line in (error or "").splitlines() if line.strip()]
    at = next((i for i, line in enumerate(lines) if not line.startswith(_WAY)), 0)
    two_lines = " ".join(line.strip() for line in lines[at : at + 2])
    first = lines[at].strip() if lines else "no error text"
    return two_lines if first.endswith(":") else first


def check_keys(network_key: str, recipe_key: str, seed: int) -> None:
    """Raises ValueError, beginning with the field's name, unless a file can be named after these."""
    _require(re.fullmatch(r"[0-9a-f]{12}", network_key), "network_key", "12 hex digits", network_key)
    _require(re.fullmatch(r"\w+", recipe_key), "recipe_key", "letters and digits", recipe_key)
    _require(seed >= 0, "seed", "0 or more", seed)


def _are_fractions(scores: Mapping[str, float]) -> bool:
    return bool(scores) and all(0 <= score <= 1 for score in scores.values())


def _require(holds: object, field: str, expected: str, got: object) -> None:
    if not holds:
        raise ValueError(f"{field}: should be {expected}; got {got!r:.60}")


EVALUATION = TypeAdapter(Evaluation)
