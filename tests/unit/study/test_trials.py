import optuna
import pytest
from optuna.trial import TrialState

from moat_lab.errors import UserError
from moat_lab.records import Evaluation
from moat_lab.study.trials import Trials


def evaluation(variant, seed, top1):
    return Evaluation(
        network=variant.network,
        network_key=variant.key,
        recipe={},
        recipe_key="0",
        seed=seed,
        status="ok" if top1 is not None else "failed",
        error=None if top1 is not None else "ValueError",
        top1=top1,
        final_loss=None,
        curve=(),
        params=1,
        macs=1,
        activations=1,
        train_s=1.0,
        images_per_s=1.0,
        environment={},
    )


def told(plan, storage, scores):
    trials = Trials(plan, storage)
    for variant, pair in zip(plan.variants, scores, strict=True):
        trials.tell(variant, {seed: evaluation(variant, seed, top1) for seed, top1 in enumerate(pair)})
    trials.close()
    return trials.study


@pytest.fixture
def storage(tmp_path):
    return f"sqlite:///{tmp_path / 'optuna.db'}"


def test_a_trial_holds_the_mean_over_seeds_and_the_cost(plan, storage):
    study = told(plan, storage, [(0.5, 0.7), (0.9, 0.7)])
    assert [trial.values for trial in study.trials] == [
        [pytest.approx(0.6), plan.variants[0].macs],
        [pytest.approx(0.8), plan.variants[1].macs],
    ]
    assert [trial.params for trial in study.trials] == [variant.factors for variant in plan.variants]
    assert study.trials[0].user_attrs["network"] == plan.variants[0].network


def test_a_failed_seed_fails_the_trial(plan, storage):
    states = [trial.state for trial in told(plan, storage, [(0.5, None), (0.9, 0.7)]).trials]
    assert states == [TrialState.FAIL, TrialState.COMPLETE]


def test_opened_again_only_what_is_missing_is_asked(plan, storage):
    told(plan, storage, [(0.5, None), (0.9, 0.7)])
    again = Trials(plan, storage)
    assert list(again.running) == [plan.variants[0].key]


def test_a_trial_that_a_kill_left_running_is_closed(plan, storage):
    killed = Trials(plan, storage)
    assert len(killed.running) == 2
    told(plan, storage, [(0.5, 0.7), (0.9, 0.7)])
    study = optuna.load_study(study_name=killed.study.study_name, storage=storage)
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.FAIL] * 2 + [TrialState.COMPLETE] * 2


def test_a_storage_that_cannot_be_opened_is_the_users_mistake(plan):
    with pytest.raises(UserError, match="cannot be opened"):
        Trials(plan, "sqlite:////nowhere/at/all/optuna.db")
    with pytest.raises(UserError, match="cannot be opened"):
        Trials(plan, "no url")
