"""Files of recipes."""

import random
from pathlib import Path

from moat_lab.train import load_recipe
from tests.fuzz import yaml_file
from tests.fuzz.target import ROOT, FuzzTarget

CORPUS = tuple(path.read_bytes() for path in sorted((ROOT / "studies/recipes").glob("*.yaml")))


def mutant(rng: random.Random) -> bytes:
    return yaml_file.mutant(rng, CORPUS)


def ask(content: bytes, folder: Path) -> bool:
    file = folder / "recipe.yaml"
    file.write_bytes(content)
    recipe = load_recipe(file)
    return len(recipe.key) == 12


TARGET = FuzzTarget(mutant=mutant, ask=ask, share=3)
