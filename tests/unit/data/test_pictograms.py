"""The pictograms that come with the package."""

from collections import Counter
from hashlib import sha256

import numpy as np

from moat_lab.data.pictograms import HERE, STYLES, concepts, kinds, sheet
from moat_lab.data.pictograms.pack import SUBGROUPS, gendered


def test_there_are_674_concepts_of_18_kinds_in_three_styles():
    assert len(concepts()) == 674
    assert STYLES == ("fluent", "google", "twitter")
    assert Counter(concept.kind for concept in concepts()) == {
        "mammal": 66, "bird": 21, "marine": 17, "bug": 16, "produce": 36, "meal": 34, "drink": 20,
        "vehicle": 72, "building": 27, "clothing": 47, "tool": 25, "plant": 28, "music": 11, "sky": 47,
        "household": 25, "person": 50, "face": 89, "hand": 43,
    }  # fmt: skip
    assert [sheet(kind).shape for kind in ("music", "mammal")] == [(11, 3, 64, 64, 4), (66, 3, 64, 64, 4)]


def test_the_pixels_never_change():
    pixels = np.concatenate([sheet(kind) for kind in kinds()])
    assert sha256(pixels.tobytes()).hexdigest()[:16] == "90272dde8f389901"


def test_every_pictogram_is_another_and_shows_something():
    pixels = np.concatenate([sheet(kind) for kind in kinds()]).reshape(-1, 64 * 64, 4)
    assert len({image.tobytes() for image in pixels}) == 2022
    assert (pixels[..., 3] > 127).mean(axis=1).min() > 0.05
    assert pixels[pixels[..., 3] == 0].max() == 0


def test_kinds_are_those_that_the_packing_script_takes():
    assert list(kinds()) == list(SUBGROUPS)
    assert not any(gendered(concept.code.upper()) for concept in concepts())
    assert gendered("1F468-200D-1F33E")
    assert gendered("1F471-200D-2640-FE0F")
    assert not gendered("1F9D1-200D-1F33E")


def test_each_style_has_its_licence_beside_it():
    for style, words in {
        "fluent": "MIT License",
        "google": "Apache License",
        "twitter": "Attribution 4.0",
    }.items():
        assert words in (HERE / f"LICENSE-{style}.txt").read_text(encoding="utf-8")
        assert f"LICENSE-{style}.txt" in (HERE / "README.md").read_text(encoding="utf-8")
