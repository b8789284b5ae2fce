"""Which factors decide whether a network is among the good ones."""

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from moat_lab.analysis.frontier import Floats

if TYPE_CHECKING:
    import optuna

GOOD_SHARE = 0.1
FEWEST_GOOD = 5
"""Optuna's documentation asks for five good trials at least."""
FEWEST = 20
"""With fewer, five good ones are more than a quarter: nothing special."""


def importances(levels: pd.DataFrame, scores: npt.ArrayLike) -> dict[str, float]:
    """Factor -> its share in what sets the best tenth (five at least) apart from all, most important first.

    The shares add up to 1, or are all 0 where nothing matters. A factor with one level has 0. NaN for all
    with fewer than 20 finite scores. A missing level is a level of its own. Chance alone gives each factor
    a little, more to one with many levels.

    Args:
        levels: one row for each trial, one column of text for each factor.
        scores: (N,) higher is better; rows whose score is not finite are left out.

    Raises:
        ValueError: there are not as many scores as rows.

    Source: Watanabe et al. 2023 (PED-ANOVA).
    """
    score = np.asarray(scores, dtype=np.float64)
    if score.shape != (len(levels),):
        raise ValueError(f"one score for each of {len(levels)} rows is needed; got shape {score.shape}")
    finite = np.isfinite(score)
    if finite.sum() < FEWEST:
        return dict.fromkeys(map(str, levels.columns), math.nan)
    divergences = _divergences(levels[finite].astype("str").fillna(""), score[finite])
    total = sum(divergences.values())
    return {factor: value / total if total else 0.0 for factor, value in divergences.items()}


def _divergences(levels: pd.DataFrame, scores: Floats) -> dict[str, float]:
    from optuna.importance import PedAnovaImportanceEvaluator

    with _quiet():
        evaluator = PedAnovaImportanceEvaluator(target_quantile=max(GOOD_SHARE, FEWEST_GOOD / len(scores)))
        # Without `target`: with one, Optuna takes low values for good ones, whatever the study says.
        # With `params`: otherwise those of equal importance come in the order of a set.
        return evaluator.evaluate(_study(levels, scores), list(map(str, levels.columns)))


def _study(levels: pd.DataFrame, scores: Floats) -> "optuna.Study":
    import optuna

    study = optuna.create_study(direction="maximize")
    choices: dict[str, optuna.distributions.BaseDistribution] = {
        str(factor): optuna.distributions.CategoricalDistribution(sorted(column.unique()))
        for factor, column in levels.items()
    }
    for row, score in zip(levels.itertuples(index=False), scores, strict=True):
        params = dict(zip(choices, row, strict=True))
        study.add_trial(optuna.trial.create_trial(params=params, distributions=choices, value=float(score)))
    return study


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna reports each new study, and warns where ties leave no best tenth: nothing to act on here."""
    logger = logging.getLogger("optuna")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            logger.setLevel(logging.ERROR)
            yield
        finally:
            logger.setLevel(level)
