"""A question as the list of networks to train, each once, with exact costs."""

from __future__ import annotations

from dataclasses import replace

from moat_lab.grammar import Space
from moat_lab.records import Plan, Variant
from moat_lab.study.pricing import price_of
from moat_lab.study.question import Question


def make_plan(question: Question, *, seeds: int, command: str) -> Plan:
    """The plan; points of the space with the same text are one variant, named by the first.

    The plan of a search has no variants yet.
    """
    price, variants = price_of(question.recipe), dict[str, Variant]()
    for index in range(0 if question.search else len(question.space)):
        network = question.space[index]
        levels = question.space.levels(index) if isinstance(question.space, Space) else {}
        variants.setdefault(network.key, replace(price(network), factors=levels))
    return Plan(
        name=question.name,
        question=question.question,
        expectation=question.expectation,
        source=question.source,
        baseline="" if question.search else question.baseline.key,
        recipe=question.recipe.content(),
        recipe_key=question.recipe.key,
        seeds=tuple(range(seeds)),
        command=command,
        variants=tuple(variants.values()),
        search=question.search,
    )
