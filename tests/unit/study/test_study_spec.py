import shutil

import pytest

from moat_lab.errors import UserError
from moat_lab.lookup import shipped
from moat_lab.study.study_spec import load_study
from moat_lab.train import load_recipe

SHIPPED = shipped() / "studies" / "recipes"


def edited(path, old, new):
    path.write_text(path.read_text().replace(old, new))
    return path


def test_a_study_is_its_file_with_everything_in_it_found(study_file):
    spec = load_study(study_file)
    assert spec.name == "se"
    assert spec.question == "Does squeeze-excite help?"
    assert len(spec.space) == 2
    assert str(spec.baseline) == "stem(4) | 1x mbconv @8 for 16px"
    assert spec.recipe.train == 40
    assert spec.seeds == 2


def test_the_baseline_can_be_another_point(study_file):
    path = edited(study_file, "recipe:", "baseline: {layer: mbconv(se=0.25)}\nrecipe:")
    assert str(load_study(path).baseline) == "stem(4) | 1x mbconv(se=0.25) @8 for 16px"


def test_numbers_are_levels_too(study_file):
    path = edited(study_file, "1x layer @8 for 16px where", "n x layer @8 for 16px where n in 1..2,")
    path = edited(path, "recipe:", "baseline: {n: 2, layer: mbconv}\nrecipe:")
    assert str(load_study(path).baseline) == "stem(4) | 2x mbconv @8 for 16px"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("mbconv,", "mbcnv,", "did you mean 'mbconv'"),
        (
            "recipe: tiny",
            "recipe: tidy",
            "no recipe is named 'tidy'\n  did you mean 'tiny'? recipes: ",
        ),
        ("recipe:", "baseline: {layer: mlp}\nrecipe:", "baseline: factor 'layer' has no level 'mlp'"),
        ("recipe:", "baseline: {order: mlp}\nrecipe:", "baseline: the space has no factor 'order'"),
        ("seeds: 2", "seeds: 0", "line 6, column 1: seeds: a whole number from 1 to 1,000 is needed; got 0"),
        ("seeds: 2", "seeds: 100000000", "seeds: a whole number from 1 to 1,000 is needed; got 100000000"),
        ("seeds: 2", f"seeds: {10**30}", "line 6, column 1: seeds: a whole number from 1 to 1,000 is needed"),
        ("seeds: 2", "seeds: " + "9" * 5000, "line 6, column 8: a number of at most 40 digits is needed"),
        ("seeds: 2", "seeds: .inf", "seeds: a whole number from 1 to 1,000 is needed; got inf"),
        ("seeds: 2", "seeds: ٣", "seeds: a whole number from 1 to 1,000 is needed; got '٣'"),
        ("seeds: 2", "seeds: !!python/tuple [1]", "line 6, column 8: not YAML"),
        ("seeds: 2", "margin: ٣pt", "line 6, column 1: margin: points of percent above 0, up to 100, are"),
        ("seeds: 2", "margin: 101pt", "margin: points of percent above 0, up to 100, are needed"),
        ("seeds: 2", f"margin: {'9' * 400}pt", "margin: points of percent above 0, up to 100, are needed"),
        ("seeds: 2", "baseline: {layer: .nan}", "or a number from 0 to 1,000,000,000 is needed; got nan"),
        (
            "seeds: 2",
            "sampler: {name: [1]}\ntrials: 3",
            "line 6, column 1: sampler: there is none named '[1]'",
        ),
        ("seeds: 2", f"sampler: tpe\ntrials: {10**30}", "trials: a whole number from 1 to 100,000 is needed"),
        (
            "seeds: 2",
            "sampler: tpe\ntrials: 3\nreference: {macs: .nan}",
            "reference.macs: text or a number from 0 to 1,000,000,000,000,000,000 is needed; got nan",
        ),
        (
            "seeds: 2",
            f"sampler: tpe\ntrials: 3\nreference: {{macs: {'9' * 400}M}}",
            "line 8, column 1: reference: an amount is a number such as 20M",
        ),
        (
            "seeds: 2",
            "sampler: tpe\ntrials: 3\nrungs: {epochs: [1], keep: .nan}",
            "rungs.keep: a number above 0 and below 1 is needed; got nan",
        ),
        ("seeds: 2", "claims: &c {x: *c}", "line 6, column 16: an alias outside of what it names is needed"),
        ("seeds: 2", "seed: 2", "there is no key 'seed'\n  did you mean 'seeds'?"),
        ("question: ", "", "se.yaml"),
        ("seeds: 2", "seeds: 2\nseeds: 3", "line 7, column 1: the key 'seeds' stands in line 6 already"),
        (
            "seeds: 2",
            "baseline: {layer: no}",
            "baseline.layer: text, a whole number from 0 to 1,000,000,000 or a number from 0 to "
            "1,000,000,000 is needed; got false",
        ),
        ("seeds: 2", "baseline: {layer: }", "or a number from 0 to 1,000,000,000 is needed; got nothing"),
        (
            "seeds: 2",
            "seeds: true",
            "from 1 to 1,000 is needed; got true\n  YAML reads yes",
        ),
        (
            "seeds: 2",
            "design: fractional",
            "design: 'full', 'one_out', 'one_in' or {fractional: 3, 4 or 5} is needed; got 'fractional'\n",
        ),
        ("seeds: 2", "design: {fractional: 6}", "design.fractional: 3, 4 or 5 is needed; got 6"),
        ("seeds: 2", "match: [none, mac]", "match.1: 'none', 'macs' or 'params' is needed; got 'mac'\n  did"),
        ("seeds: 2", "claims: {3: worse}", "line 6, column 1: claims: a key in quotes is needed; got 3"),
    ],
)
def test_a_mistake_names_the_file_and_what_was_meant(study_file, old, new, message):
    with pytest.raises(UserError) as error:
        load_study(edited(study_file, old, new))
    assert message in str(error.value)
    assert "se.yaml" in str(error.value)


def test_one_mistake_is_said_once(study_file):
    with pytest.raises(UserError) as error:
        load_study(edited(study_file, "seeds: 2", "design: {fractional: 6}"))
    assert (
        str(error.value) == f"{study_file}, line 6, column 10: design.fractional: 3, 4 or 5 is needed; got 6"
    )


def test_a_file_that_is_no_mapping_needs_its_keys(study_file):
    study_file.write_text("- a\n")
    with pytest.raises(UserError, match=r"the file: \{question: text, space: text, recipe: text\} is needed"):
        load_study(study_file)


def test_a_full_design_of_too_many_networks_says_how_many_at_once(study_file):
    space = "space: stem(4) | a x layer @8 | b x layer @8 for 16px where a in 1..80, b in 1..80,"
    path = edited(study_file, "space: stem(4) | 1x layer @8 for 16px where", space)
    with pytest.raises(UserError, match=r"design: full is 12,800 networks; .* at most 10,000\n  take a part"):
        load_study(path)


def test_a_baseline_must_settle_every_factor(study_file):
    path = edited(study_file, "1x layer @8 for 16px where", "n x layer @8 for 16px where n in 1..2,")
    path = edited(path, "recipe:", "baseline: {n: 2}\nrecipe:")
    with pytest.raises(UserError, match="a level for every factor is needed; missing: layer"):
        load_study(path)


def test_a_shipped_recipe_is_found_from_any_folder(study_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path.parent)
    path = edited(study_file, "recipe: tiny", "recipe: digits_brief")
    assert load_study(path).recipe.key == load_recipe(SHIPPED / "digits_brief.yaml").key


@pytest.mark.parametrize("place", ["r.yaml", "./r.yaml", "../r.yml", "other/r.yaml"])
def test_a_recipe_is_named_by_its_path_from_the_study(study_file, tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path.parent)
    recipe = study_file.parent / place
    recipe.parent.mkdir(exist_ok=True)
    shutil.copy(SHIPPED / "digits_8px.yaml", recipe)
    assert load_study(edited(study_file, "recipe: tiny", f"recipe: {place}")).recipe.resolution == 8


def test_a_recipe_is_named_by_its_path_from_the_working_folder(study_file, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(SHIPPED / "digits_8px.yaml", tmp_path / "elsewhere" / "r.yaml")
    monkeypatch.chdir(tmp_path)
    path = edited(study_file, "recipe: tiny", "recipe: elsewhere/r.yaml")
    assert load_study(path).recipe.resolution == 8


def test_the_recipe_beside_the_study_is_taken_before_a_shipped_one_of_its_name(study_file):
    (study_file.parent / "recipes" / "tiny.yaml").rename(study_file.parent / "recipes" / "digits.yaml")
    assert load_study(edited(study_file, "recipe: tiny", "recipe: digits")).recipe.train == 40


def test_schedules_are_called_by_their_names_where_they_are_given_by_path(study_file):
    recipes = study_file.parent / "recipes"
    (recipes / "brief.yaml").write_text(edited(recipes / "tiny.yaml", "epochs: 2", "epochs: 1").read_text())
    (recipes / "tiny.yaml").write_text((recipes / "brief.yaml").read_text().replace("epochs: 1", "epochs: 2"))
    path = edited(study_file, "seeds: 2", "schedules: [recipes/brief.yaml]\nseeds: 2")
    assert list(load_study(path).schedules) == ["tiny", "brief"]


def test_two_schedules_of_one_name_are_refused(study_file, tmp_path):
    shutil.copy(study_file.parent / "recipes" / "tiny.yaml", tmp_path / "tiny.yaml")
    path = edited(study_file, "seeds: 2", "schedules: [../tiny.yaml]\nseeds: 2")
    with pytest.raises(UserError, match=r"recipes with different names are needed, .*; got tiny, tiny"):
        load_study(path)
