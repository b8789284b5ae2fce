"""Optuna's storage as a view of what has finished, for its own dashboard: one trial for each network.

The truth is what is on disk as records. Nothing is read back from here, no trial is ever open, and the
folder's own storage is made anew where it is missing or damaged. Only the parent process opens it: many
processes that create one SQLite file at once make it fail.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from moat_lab.errors import UserError
from moat_lab.grammar import parse
from moat_lab.metrics import METRICS
from moat_lab.records import Evaluation, Plan, ResultsFolder, Variant
from moat_lab.study.storage import open_storage, storage_errors, without_password

if TYPE_CHECKING:
    import optuna
    from optuna.storages import RDBStorage
    from optuna.trial import TrialState

_LAYOUT = 3
"""Of studies and trials. A storage of the folder's own that holds those of another layout is made anew."""
_MARK = "moat_lab"
"""The user attribute of a study of ours: the command that writes it."""
_ANSWERED: set[str] = set()
"""Storages that this process has used: one may go away between two studies of a command."""
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


class OptunaView:
    """The networks of a plan as trials; each is added once as finished, and once as failed.

    Parameters have their real values. User attributes: `variant` (its name in the report), `match`, `seeds`,
    `network_key` and `network`. Intermediate values: mean score over the seeds, by epoch.
    """

    def __init__(self, plan: Plan, folder: ResultsFolder, storage: str | None = None) -> None:
        """`storage` is an Optuna storage URL; left out, it is SQLite in the folder.

        Raises:
            UserError: the storage cannot be used, or has a study of this name that is not ours. One that this
                process has used before may be away: it is opened when the first network is added.
        """
        self.plan, self.store, self.measurements = plan, folder.evaluations, folder.measurements
        self.own = None if storage else folder.optuna_file
        self.storage = storage or f"sqlite:///{self.own}"
        self.distributions = _distributions(plan)
        self._networks: dict[str, tuple[Variant, str]] = {}
        self._opened: RDBStorage | None = None
        self._stored: set[tuple[str | None, TrialState]] = set()
        self.study: optuna.Study | None = None
        try:
            with self._rebuilt_if_damaged():
                self._open()
        except UserError:
            if self.storage not in _ANSWERED:
                raise
        _ANSWERED.add(self.storage)

    def add(self, variant: Variant, name: str) -> None:
        """A network all of whose seeds have ended: with its objectives, or as failed where one of them is.

        Raises:
            UserError: the storage cannot be used any more.
        """
        self._networks[variant.key] = variant, name
        with self._rebuilt_if_damaged():
            self._add(variant, name)

    def mend(self) -> None:
        """Opens the storage again, and adds those networks that it lacks.

        Raises:
            UserError: it still cannot be used.
        """
        with storage_errors(self.storage):
            self._open()
            for variant, name in self._networks.values():
                self._add(variant, name)

    @property
    def size(self) -> int:
        """How many trials the storage has, as far as this process knows."""
        return len(self._stored)

    def close(self) -> None:
        """Ends the connections to the storage."""
        if self._opened is not None:
            self._opened.engine.dispose()

    @contextmanager
    def _rebuilt_if_damaged(self) -> Iterator[None]:
        """Makes the folder's own storage anew where it is damaged; others are not ours to delete."""
        try:
            with storage_errors(self.storage):
                yield
        except UserError as error:
            if self.own is None or "locked" in str(error):
                raise
            self._delete(self.own)
            self.mend()

    def _open(self) -> optuna.Study:
        if self.own is not None and self.own.exists() and self._is_outdated():
            self._delete(self.own)
        study = self._study()
        trials = study.get_trials(deepcopy=False)
        self._stored = {(trial.user_attrs.get("network_key"), trial.state) for trial in trials}
        self.study = study
        return study

    def _study(self) -> optuna.Study:
        self.close()
        self._opened = open_storage(self.storage)
        return _study_in(self._opened, self.plan, self.storage)

    def _is_outdated(self) -> bool:
        """Whether the folder's own storage holds another study, as with fewer seeds, or open trials."""
        import optuna

        study = self._study()
        names = optuna.get_all_study_names(self._opened or self.storage)
        open_trials = (trial for trial in study.get_trials(deepcopy=False) if not trial.state.is_finished())
        return names != [study.study_name] or any(open_trials)

    def _delete(self, own: Path) -> None:
        self.close()
        for path in (own, own.with_name(f"{own.name}-journal")):
            path.unlink(missing_ok=True)

    def _add(self, variant: Variant, name: str) -> None:
        from optuna.trial import TrialState

        study = self.study or self._open()
        if (variant.key, TrialState.COMPLETE) in self._stored:
            return
        trial = self._trial(variant, name)
        if (variant.key, trial.state) not in self._stored:
            study.add_trial(trial)
            self._stored.add((variant.key, trial.state))

    def _trial(self, variant: Variant, name: str) -> optuna.trial.FrozenTrial:
        from optuna.trial import FrozenTrial, TrialState

        key, recipe_key = variant.key, self.plan.recipe_key
        evaluations = [
            e for seed in self.plan.seeds_of(variant.key) if (e := self.store.find(key, recipe_key, seed))
        ]
        values = self._objectives(variant, evaluations)
        started, ended = self._times(evaluations)
        return FrozenTrial(
            number=-1,
            trial_id=-1,
            state=TrialState.FAIL if values is None else TrialState.COMPLETE,
            value=None,
            values=values,
            datetime_start=started,
            datetime_complete=ended,
            params={factor: self._value(factor, text) for factor, text in variant.factors.items()},
            distributions={factor: self.distributions[factor] for factor in variant.factors},
            user_attrs={
                "variant": name,
                "match": variant.matched or "none",
                "seeds": [e.seed for e in evaluations],
                "network_key": key,
                "network": variant.network,
            },
            system_attrs={},
            intermediate_values=_mean_curve(evaluations),
        )

    def _value(self, factor: str, text: str) -> Any:
        """A level as Optuna holds it: a number where all levels of its factor are numbers."""
        from optuna.distributions import CategoricalDistribution

        distribution = self.distributions[factor]
        return text if isinstance(distribution, CategoricalDistribution) else _number(text)

    def _objectives(self, variant: Variant, evaluations: Sequence[Evaluation]) -> list[float] | None:
        """The objectives, with the mean over seeds; None where a training failed."""
        scores = [e.score for e in evaluations if e.score is not None]
        if len(scores) < len(self.plan.seeds):
            return None
        measured = self.measurements.find(variant.key, self.plan.recipe_key, self.plan.seeds[0])
        metrics = {
            **variant.costs,
            **(measured.values if measured else {}),
            self.plan.task.score: fmean(scores),
        }
        values = [metrics[name] for name in objectives_of(self.plan)]
        return values if all(map(math.isfinite, values)) else None

    def _times(self, evaluations: Sequence[Evaluation]) -> tuple[datetime, datetime]:
        """When the first training began and the last record was written."""
        ends = [self.store.path(e.network_key, e.recipe_key, e.seed).stat().st_mtime for e in evaluations]
        starts = [end - e.train_s for end, e in zip(ends, evaluations, strict=True)]
        return datetime.fromtimestamp(min(starts)), datetime.fromtimestamp(max(ends))


def _mean_curve(evaluations: Sequence[Evaluation]) -> dict[int, float]:
    """Epoch -> mean score over the seeds, at the epochs at which each of them was validated."""
    curves = [{point.epoch: point.score for point in e.curve} for e in evaluations]
    shared = set.intersection(*map(set, curves)) if curves else set()
    means = {epoch: fmean(curve[epoch] for curve in curves) for epoch in sorted(shared)}
    return {epoch: mean for epoch, mean in means.items() if math.isfinite(mean)}


def objectives_of(plan: Plan) -> tuple[str, ...]:
    """What a trial's values are, in their order."""
    return plan.search.objectives if plan.search else (plan.task.score, "macs")


def _study_in(storage: RDBStorage, plan: Plan, url: str) -> optuna.Study:
    """The plan's study, made where there is none, and marked as ours.

    Raises:
        UserError: somebody else has made a study of this name.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    directions = [METRICS[name].direction for name in objectives_of(plan)]
    study = optuna.create_study(
        study_name=_study_name(plan),
        storage=storage,
        directions=directions,
        sampler=optuna.samplers.RandomSampler(seed=0),  # never asked
        load_if_exists=True,
    )
    if _MARK in study.user_attrs:
        return study
    is_new = not study.user_attrs and not study.get_trials(deepcopy=False)
    if not is_new or [direction.name.lower() for direction in study.directions] != directions:
        raise UserError(
            f"Optuna's storage {without_password(url)} has a study '{study.study_name}' that is not ours\n"
            "  name another database with --storage; nothing in that study was changed"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.set_metric_names(list(objectives_of(plan)))
    study.set_user_attr(_MARK, plan.command)
    return study


def _study_name(plan: Plan) -> str:
    """Another space, recipe or set of seeds is another study in the same storage."""
    of_search = (plan.search.space, plan.search.objectives) if plan.search else ()
    keys = [] if of_search else [variant.key for variant in plan.variants]
    content = repr((_LAYOUT, plan.recipe_key, plan.seeds, keys, *of_search))
    return f"{plan.name}-{sha256(content.encode()).hexdigest()[:8]}"


def _distributions(plan: Plan) -> dict[str, optuna.distributions.BaseDistribution]:
    """Factor -> all of its levels: a range where they are numbers, otherwise as they are written."""
    if plan.search:
        levels = {factor.name: dict.fromkeys(factor.texts) for factor in parse(plan.search.space).factors}
    else:
        levels = {}
        for variant in plan.variants:
            for name, level in variant.factors.items():
                levels.setdefault(name, {})[level] = None
    return {name: _distribution(list(texts)) for name, texts in levels.items()}


def _distribution(texts: list[str]) -> optuna.distributions.BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not all(map(_NUMBER.fullmatch, texts)):
        return CategoricalDistribution(texts)
    numbers = sorted(map(_number, texts))
    low, high = numbers[0], numbers[-1]
    if any(isinstance(number, float) for number in numbers):
        return FloatDistribution(low, high)
    step = math.gcd(*(int(number - low) for number in numbers))
    return IntDistribution(int(low), int(high), step=step or 1)


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
