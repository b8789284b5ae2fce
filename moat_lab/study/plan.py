"""A question as the list of networks to train, each once, with exact costs."""

from __future__ import annotations

from moat_lab.cost import cost
from moat_lab.data import dataset
from moat_lab.grammar import Network, Space
from moat_lab.proxy import Recipe
from moat_lab.records import Plan, Variant
from moat_lab.study.question import Question


def make_plan(question: Question, *, seeds: int, command: str) -> Plan:
    """The plan; points of the space with the same text are one variant, named by the first."""
    variants: dict[str, Variant] = {}
    for index in range(len(question.space)):
        network = question.space[index]
        levels = question.space.levels(index) if isinstance(question.space, Space) else {}
        variants.setdefault(network.key, _variant(network, levels, question.recipe))
    return Plan(
        name=question.name,
        question=question.question,
        expectation=question.expectation,
        source=question.source,
        baseline=question.baseline.key,
        recipe=question.recipe.content(),
        recipe_key=question.recipe.key,
        seeds=tuple(range(seeds)),
        command=command,
        variants=tuple(variants.values()),
    )


def _variant(network: Network, levels: dict[str, str], recipe: Recipe) -> Variant:
    source = dataset(recipe.data)
    price = cost(network, recipe.resolution, num_classes=source.num_classes, in_chans=source.in_chans)
    return Variant(
        key=network.key,
        network=str(network),
        factors=levels,
        params=price.params,
        macs=price.macs,
        activations=price.activations,
    )
