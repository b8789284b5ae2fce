"""Studies of data that are not on this machine, and of data whose number of images the files say."""

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from moat_lab.errors import UserError
from moat_lab.study.dry_run import print_networks
from moat_lab.study.listing import studies_table
from moat_lab.study.plan import make_plan
from moat_lab.study.study_spec import load_study, with_sizes


def asks_of(study_file, data, val="all"):
    recipe = study_file.parent / "recipes" / "tiny.yaml"
    text = recipe.read_text().replace("data: digits", f"data: {data}")
    recipe.write_text(text.replace("train: 40", "train: all").replace("val: 50", f"val: {val}"))
    return study_file


def test_a_study_of_absent_data_is_listed_without_its_costs(study_file, capsys):
    asks_of(study_file, "imagefolder:nowhere")
    Console(width=200).print(studies_table({"se": study_file}, None, workers=1))
    assert "imagefolder:nowhere (not here)" in capsys.readouterr().out


def test_its_dry_run_says_which_folder_is_needed(study_file, tmp_path):
    asks_of(study_file, "imagefolder:nowhere")
    with pytest.raises(UserError, match="a folder is needed behind the colon; got 'nowhere'"):
        print_networks(str(study_file), seeds=0, results=tmp_path)


def test_a_dry_run_on_cifar_needs_no_files(study_file, tmp_path, capsys):
    print_networks(str(asks_of(study_file, "cifar10", val=5000)), seeds=0, results=tmp_path)
    assert "Does squeeze-excite help?" in capsys.readouterr().out


def test_a_plan_holds_the_numbers_that_all_is(study_file, tmp_path):
    rng = np.random.default_rng(0)
    for part, each in (("train", 15), ("val", 5)):
        for name in ("cat", "dog"):
            (tmp_path / "photos" / part / name).mkdir(parents=True)
            for number in range(each):
                pixels = rng.integers(0, 256, (20, 20, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / f"photos/{part}/{name}/{number}.png")
    spec = with_sizes(load_study(asks_of(study_file, f"imagefolder:{tmp_path / 'photos'}")))
    plan = make_plan(spec, seeds=1, command="")
    assert (plan.recipe["train"], plan.recipe["val"]) == (30, 10)
    assert plan.recipe_key == spec.recipe.key
