"""The trained networks in Optuna's storage, for its own dashboard: one finished trial for each.

What is on disk as evaluations is the truth. Nothing is read back from here, no trial is ever left open, and
the storage is made anew wherever it is missing. Only the parent process opens it: many processes that create
one SQLite file at once make it fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from moat_lab.errors import UserError
from moat_lab.grammar import parse
from moat_lab.records import Plan, Variant

if TYPE_CHECKING:
    import optuna


class Trials:
    """The trials of a plan; each network is told once as finished, and once as failed."""

    def __init__(self, plan: Plan, folder: Path, storage: str | None = None) -> None:
        """`storage` is an Optuna storage URL; left out, it is SQLite in the folder.

        Raises:
            UserError: the storage cannot be used.
        """
        self.storage = storage or f"sqlite:///{folder / 'optuna.db'}"
        self.levels = _levels(plan)
        with _asking(self.storage):
            self.study = _opened(plan, self.storage)
            there = self.study.get_trials(deepcopy=False)
        self.told = {(trial.user_attrs.get("network_key"), trial.state) for trial in there}

    def tell(self, variant: Variant, values: Sequence[float] | None) -> None:
        """The objectives of a network, None where one of its trainings failed.

        Raises:
            UserError: the storage cannot be used any more.
        """
        from optuna.trial import TrialState, create_trial

        state = TrialState.FAIL if values is None else TrialState.COMPLETE
        if (variant.key, state) in self.told:
            return
        trial = create_trial(
            state=state,
            values=values,
            params=dict(variant.factors),
            distributions={name: self.levels[name] for name in variant.factors},
            user_attrs={"network_key": variant.key, "network": variant.network},
        )
        with _asking(self.storage):
            self.study.add_trial(trial)
        self.told.add((variant.key, state))


def objectives_of(plan: Plan) -> tuple[str, ...]:
    """What a trial's values are: top-1 goes up, all others down."""
    return plan.search.objectives if plan.search else ("top1", "macs")


@contextmanager
def _asking(storage: str) -> Iterator[None]:
    """Raises UserError where a storage does not answer, without the password in its URL."""
    try:
        yield
    except Exception as error:  # what a storage's driver raises is its own
        raise UserError(
            f"Optuna's storage {without_password(storage)} cannot be used: {_said(error, storage)}\n"
            "  mend it, or name another with --storage, and run again: what has a record is not trained again"
        ) from None


def without_password(storage: str) -> str:
    """A storage's URL, to be shown: without what stands before its host, and without its options."""
    scheme, _, place = storage.partition("?")[0].rpartition("://")
    if not place.startswith("/"):  # otherwise a file's path, in which an @ is one
        place = f"***@{place.rpartition('@')[2]}" if "@" in place else place
    return f"{scheme}://{place}" if scheme else place


def _said(error: BaseException, storage: str) -> str:
    """The first line of what went wrong first: what Optuna says of it is a guess at invalid data."""
    while error.__cause__:
        error = error.__cause__
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    said = said.replace(storage, without_password(storage))
    password = re.search(r"://[^/@:]*:(.+)@", storage)
    for secret in (password[1], unquote(password[1])) if password else ():
        said = said.replace(secret, "***")
    return said


def _opened(plan: Plan, storage: str) -> optuna.Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(
        study_name=_study_name(plan),
        storage=storage,
        directions=["maximize" if name == "top1" else "minimize" for name in objectives_of(plan)],
        sampler=optuna.samplers.RandomSampler(seed=0),  # never asked
        load_if_exists=True,
    )


def _study_name(plan: Plan) -> str:
    """Another space, recipe or set of seeds is another study in the same storage."""
    searched = (plan.search.space, plan.search.objectives) if plan.search else ()
    keys = [] if searched else [variant.key for variant in plan.variants]
    content = repr((plan.recipe_key, plan.seeds, keys, *searched))
    return f"{plan.name}-{sha256(content.encode()).hexdigest()[:8]}"


def _levels(plan: Plan) -> dict[str, optuna.distributions.BaseDistribution]:
    """Factor -> all of its levels, as they are written."""
    from optuna.distributions import CategoricalDistribution

    if plan.search:
        levels = {factor.name: dict.fromkeys(factor.texts) for factor in parse(plan.search.space).factors}
    else:
        levels = {}
        for variant in plan.variants:
            for name, level in variant.factors.items():
                levels.setdefault(name, {})[level] = None
    return {name: CategoricalDistribution(tuple(known)) for name, known in levels.items()}
