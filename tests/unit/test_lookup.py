"""Names and paths, and in which order folders are looked through."""

import os
from pathlib import Path

import pytest

import moat_lab
from moat_lab.errors import UserError
from moat_lab.lookup import RECIPE, RESULTS, STUDY, TABLE, files_by_name, find_file, shipped

CHECKOUT = Path(moat_lab.__file__).parents[1]


def written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_shipped_lies_beside_the_package_in_a_checkout():
    assert shipped() == CHECKOUT


@pytest.mark.parametrize(
    ("kind", "name", "file"),
    [
        (STUDY, "ablate_order", "studies/ablate_order.yaml"),
        (RECIPE, "digits", "studies/recipes/digits.yaml"),
        (TABLE, "table_tiny", "results/table_tiny/table.csv"),
        (RESULTS, "search_tiny_widths", "results/search_tiny_widths/plan.json"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.word,
)
def test_what_is_shipped_is_found_from_any_folder_by_name_and_by_path(here, kind, name, file):
    path = Path(file).parent if kind.file else file
    assert find_file(kind, name) == find_file(kind, path) == CHECKOUT / file
    assert files_by_name(kind)[name] == CHECKOUT / file


def test_the_folder_beside_comes_before_the_working_folder_and_that_before_the_package(here):
    for place in ("studies/recipes/digits.yaml", "beside/recipes/digits.yaml"):
        written(here / place)
    assert find_file(RECIPE, "digits", beside=here / "beside").samefile("beside/recipes/digits.yaml")
    assert find_file(RECIPE, "digits").samefile("studies/recipes/digits.yaml")
    (here / "studies/recipes/digits.yaml").unlink()
    assert find_file(RECIPE, "digits") == CHECKOUT / "studies/recipes/digits.yaml"


@pytest.mark.parametrize("place", ["recipes/mine.yaml", "recipes/mine.yml", "studies/recipes/mine.yml"])
def test_recipes_of_the_working_folder_have_names_too(here, place):
    written(here / place)
    assert find_file(RECIPE, "mine") == Path(place)
    assert "mine" in files_by_name(RECIPE)


def test_a_file_or_folder_that_happens_to_have_a_recipes_name_is_not_one(here):
    written(here / "digits")
    (here / "cifar10").mkdir()
    for name in ("digits", "cifar10"):
        assert find_file(RECIPE, name) == CHECKOUT / f"studies/recipes/{name}.yaml"


def test_the_home_folder_may_be_a_tilde(here, monkeypatch):
    monkeypatch.setenv("HOME", str(here))
    file = written(here / "r.yaml")
    assert find_file(RECIPE, "~/r.yaml", beside=Path("elsewhere")) == file


@pytest.mark.parametrize("text", ["none.yaml", "./none", "studies/recipes/none.yaml", "/none.yml"])
def test_a_path_where_nothing_is_says_what_is_there(here, text):
    with pytest.raises(UserError) as error:
        find_file(RECIPE, text)
    first, second = str(error.value).splitlines()
    assert first == f"{text}: cannot be read: no recipe is there"
    assert second.startswith("  recipes: ade20k, brighter, brighter_tuned, cifar10, coco, digits, ")


def test_a_path_to_a_pipe_is_no_file(here):
    os.mkfifo("pipe.yaml")
    with pytest.raises(UserError, match="no recipe is there"):
        find_file(RECIPE, "pipe.yaml")


@pytest.mark.parametrize("kind", [RECIPE, TABLE], ids=lambda kind: kind.word)
@pytest.mark.parametrize(
    "text",
    ["a" * 300, "a" * 300 + "/b.yaml", "a/" * 3000, "a\0b", "a\0b.yaml", "~a\0b", "~\ud800/b.yaml"],
)
def test_a_text_that_no_file_can_have_as_its_name_is_none(here, kind, text):
    with pytest.raises(UserError, match=rf"no {kind.word} is (named|there)"):
        find_file(kind, text)


def test_an_unknown_name_has_the_nearest_and_all():
    with pytest.raises(UserError) as error:
        find_file(STUDY, "ablate_ordr")
    first, second = str(error.value).splitlines()
    assert first == "no study is named 'ablate_ordr'"
    assert second.startswith("  did you mean 'ablate_order'? studies: ablate_attention, ")
    assert second.endswith("; or give a path")


def test_a_name_never_leaves_its_folder(here):
    written(here / "secret.yaml")
    (here / "recipes").mkdir()
    with pytest.raises(UserError, match=r"\.\./secret: cannot be read"):
        find_file(RECIPE, "../secret")
