"""The study in Optuna's storage: one trial for each network, top-1 up and MACs down.

What is on disk as evaluations is the truth; the storage is made anew from it wherever it is missing.
Only the parent process opens it: many processes that create one SQLite file at once make it fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from statistics import fmean
from typing import TYPE_CHECKING

from moat_lab.records import Evaluation, Plan, Variant
from moat_lab.search.study import opening

if TYPE_CHECKING:
    import optuna


class Trials:
    """The trials of a plan: opened for what is missing, told when all seeds of a network are there."""

    def __init__(self, plan: Plan, storage: str) -> None:
        self.plan = plan
        self.study = _opened(plan, storage)
        self.running = {variant.key: self._asked(variant) for variant in self._untold()}

    def tell(self, variant: Variant, evaluations: Mapping[int, Evaluation]) -> None:
        """The end of a network's trial, from its evaluations by seed; failed if one of them is."""
        from optuna.trial import TrialState

        trial = self.running.pop(variant.key, None)
        if trial is None:
            return
        scores = [evaluations[seed].top1 for seed in self.plan.seeds]
        finished = [score for score in scores if score is not None]
        if len(finished) < len(scores):
            self.study.tell(trial, state=TrialState.FAIL)
        else:
            self.study.tell(trial, [fmean(finished), float(variant.macs)])

    def close(self) -> None:
        """Trials that did not end here are failed ones, so that no sampler waits for them."""
        _fail_running(self.study)

    def _untold(self) -> list[Variant]:
        from optuna.trial import TrialState

        told = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        keys = {trial.user_attrs.get("network_key") for trial in told}
        return [variant for variant in self.plan.variants if variant.key not in keys]

    def _asked(self, variant: Variant) -> optuna.Trial:
        attributes = {"network_key": variant.key, "network": variant.network}
        self.study.enqueue_trial(dict(variant.factors), user_attrs=attributes)
        return self.study.ask(_distributions(self.plan))


def _opened(plan: Plan, storage: str) -> optuna.Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with opening(storage):
        study = optuna.create_study(
            study_name=_study_name(plan),
            storage=storage,
            directions=["maximize", "minimize"],
            sampler=optuna.samplers.RandomSampler(seed=0),  # not asked: every network is enqueued
            load_if_exists=True,
        )
    _fail_running(study)
    return study


def _fail_running(study: optuna.Study) -> None:
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING, TrialState.WAITING)):
        study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)


def _study_name(plan: Plan) -> str:
    """Another space, recipe or set of seeds is another study in the same storage."""
    content = repr((plan.recipe_key, plan.seeds, [variant.key for variant in plan.variants]))
    return f"{plan.name}-{sha256(content.encode()).hexdigest()[:8]}"


def _distributions(plan: Plan) -> dict[str, optuna.distributions.BaseDistribution]:
    from optuna.distributions import CategoricalDistribution

    levels: dict[str, dict[str, None]] = {}
    for variant in plan.variants:
        for factor, level in variant.factors.items():
            levels.setdefault(factor, {})[level] = None
    return {factor: CategoricalDistribution(tuple(seen)) for factor, seen in levels.items()}
