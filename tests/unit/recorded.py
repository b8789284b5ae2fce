"""Records of trainings that never ran."""

from typing import Any

from moat_lab.records import Evaluation, Plan, Variant


def ended_training(plan: Plan, variant: Variant, seed: int, score: float | None, **fields: Any) -> Evaluation:
    """A training of a plan's variant that has finished with this score, or failed where it is None."""
    ended = {"status": "ok", "error": None, "scores": {"top1": score}}
    if score is None:
        ended = {"status": "failed", "error": "OSError: no", "scores": {}}
    known = {
        "network": variant.network,
        "network_key": variant.key,
        "recipe": plan.recipe,
        "recipe_key": plan.recipe_key,
        "seed": seed,
        "final_loss": 1.0,
        "curve": (),
        "costs": variant.costs,
        "train_s": 1.0,
        "images_per_s": 1.0,
        "environment": {},
    }
    return Evaluation(**known | ended | fields)
