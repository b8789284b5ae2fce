"""A recorded table holds what ended, of the plan, by its recipe."""

from moat_lab.records.recorded_table import table_of


def test_a_table_has_the_finished_trainings_of_its_plan_by_seed(plan, evaluation, paused):
    trained = [
        evaluation(seed=1),
        evaluation(seed=0, scores={"top1": 0.5}),
        evaluation(seed=2, network_key="f" * 12),
        evaluation(seed=2, recipe_key="f" * 12),
        evaluation(seed=2, status="failed", error="killed", scores={}),
        paused(2),
    ]
    rows = table_of(plan(), trained)
    assert rows[["seed", "order", "top1", "top1_epoch_1", "macs"]].to_numpy().tolist() == [
        [0, "mbconv", 0.5, 0.3, 20000],
        [1, "mbconv", 0.1 + 0.2, 0.3, 20000],
    ]
