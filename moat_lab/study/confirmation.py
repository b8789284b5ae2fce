"""The pick of a study trained with fresh seeds and judged on the test split, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.lookup import shipped
from moat_lab.records import Confirmation, Plan, ResultsFolder, Selected
from moat_lab.records.plan import MOST_SEEDS
from moat_lab.report.search.pick import pick_of
from moat_lab.study.run import run_study
from moat_lab.train import Recipe
from moat_lab.train.recipe_checks import size_of_test

FIRST_SEED = MOST_SEEDS
"""No study has this seed or a higher one, also not later, when seeds are added to it."""


def confirm_pick(
    results: ResultsFolder,
    plan: Plan,
    table: pd.DataFrame,
    limits: Mapping[str, float],
    *,
    seeds: int,
    command: str,
    workers: int = 1,
    device: str = "cpu",
) -> None:
    """Trains pick, best and baseline of a study as far as this has not been done.

    What is confirmed is written down before the first training, and stays: test images judge once. Whatever
    ends the call, each finished training is on disk, and the same call goes on where it ended.

    Args:
        table: of the study, as `with_measurements` gives it.
        limits: cost -> the most it may be.
        command: what to type to go on.

    Raises:
        UserError: as `pick_network` and `run_study`; the data have no test images; or the folder is not the
            user's.
    """
    _check_place(results)
    folder = results.confirmation
    with folder.locked():
        if folder.read_confirmation() is None:
            _begin(folder, plan, confirmation_of(table, plan, limits), seeds=seeds, command=command)
        confirmed = folder.read_plan()
        if not is_complete(folder, confirmed):
            run_study(confirmed, folder, workers=workers, device=device)


def confirmation_of(table: pd.DataFrame, plan: Plan, limits: Mapping[str, float]) -> Confirmation:
    """What there is to confirm of a study as it stands.

    Raises:
        UserError: as `pick_network`.
    """
    pick = pick_of(table, plan, limits)
    start = [to_network(text).key for text in plan.search.start] if plan.search else [plan.baseline]
    baseline = next((key for key in start if _is_finished(table, key)), None)
    return Confirmation(
        pick=_selected(table, pick.chosen),
        best=_selected(table, pick.best),
        baseline=_selected(table, baseline) if baseline else None,
        limits=dict(limits),
    )


def is_complete(folder: ResultsFolder, plan: Plan) -> bool:
    """Whether each training of a plan has ended."""
    store = folder.evaluations
    return all(store.has(v.key, plan.recipe_key, seed) for v in plan.variants for seed in plan.seeds)


def _check_place(results: ResultsFolder) -> None:
    """Raises UserError where the folder belongs to an installed package, which the next version replaces."""
    installed = shipped().resolve()
    if installed.name == "shipped" and results.path.resolve().is_relative_to(installed):
        raise UserError(
            "a results folder of your own is needed to confirm its pick; "
            f"got the installed package's {results}\n"
            "  copy the folder, and name the copy"
        )


def _begin(
    folder: ResultsFolder, plan: Plan, confirmation: Confirmation, *, seeds: int, command: str
) -> None:
    """Writes the plan, and then what is confirmed, which says that it has begun."""
    recipe = Recipe.model_validate(plan.recipe).model_copy(update={"test": True})
    size_of_test(recipe)
    keys = {selected.key for selected in confirmation.roles.values()}
    folder.write_plan(
        replace(
            plan,
            name=f"{plan.name}/{folder.path.name}",
            question=f"Is the pick of {plan.name} as good as it seemed?",
            expectation="",
            source="",
            baseline=(confirmation.baseline or confirmation.best).key,
            recipe=recipe.content(),
            recipe_key=recipe.key,
            seeds=tuple(range(FIRST_SEED, FIRST_SEED + seeds)),
            command=command,
            variants=tuple(variant for variant in plan.variants if variant.key in keys),
            search=None,
            design="full",
            match=("none",),
            unmatched=(),
            claims={},
            target_half_width=None,
        )
    )
    folder.write_confirmation(confirmation)


def _is_finished(table: pd.DataFrame, key: str) -> bool:
    return bool((table["key"].eq(key) & table["score"].notna()).any())


def _selected(table: pd.DataFrame, key: str) -> Selected:
    row = table[table["key"] == key].iloc[0]
    shrunken = None if pd.isna(row["score_shrunken"]) else float(row["score_shrunken"])
    return Selected(key=key, score=float(row["score"]), shrunken=shrunken, seeds=int(row["seeds"]))
