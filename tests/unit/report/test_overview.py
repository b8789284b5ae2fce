"""All results on one page: what was expected, found, and could not have been seen."""

import math
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from moat_lab.records import ResultsFolder, SourcedClaim
from moat_lab.report.overview import read_overview
from moat_lab.report.overview.markdown import overview_markdown
from moat_lab.report.units import percent

SEARCH = Path(__file__).parents[3] / "results" / "search_tiny_widths"


@pytest.fixture
def root(small, two_readings):
    assert small.parent == two_readings.parent
    return small.parent


def row_of(text, name):
    (line,) = [line for line in text.splitlines() if line.startswith(f"| [`{name}`]")]
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_studies_are_listed_by_path_with_their_extremes(root):
    one, two = read_overview(root).studies
    assert (one.folder, two.folder) == ("ablate_order", "crossed")
    assert [(e.variant, e.verdict) for e in one.extremes["none"]] == [
        ("attn+mbconv", "not distinguishable"),
        ("attn+mlp", "worse"),
    ]
    assert [e.effect for e in one.extremes["none"]] == pytest.approx([-0.001, -0.019])
    assert [e.variant for e in two.extremes["macs"]] == ["w=16 (same MACs)", "w=16, se=1 (same MACs)"]
    assert one.detectable == pytest.approx(0.0179, abs=1e-4)


def test_a_row_says_what_was_expected_found_and_could_be_missed(root):
    assert row_of(overview_markdown(read_overview(root)), "ablate_order") == [
        "[`ablate_order`](ablate_order/report.md)",
        "Does convolution belong before attention?",
        "Before: the reverse loses 0.4 points. (Yang et al. 2023, arXiv 2210.01820)",
        "`attn+mbconv` -0.10 [-0.96, +0.76], not distinguishable; `attn+mlp` -1.90 [-2.15, -1.65], worse",
        "none stated",
        "effects below 1.79 points (3 seeds)",
        "`python -m moat_lab.study ablate_order`",
    ]


def test_each_claim_has_a_line_with_symbol_effect_source_and_power(root):
    text = overview_markdown(read_overview(root))
    assert "Of 6 claims: 2 agree, 3 contradict, 0 underpowered, 1 not testable.\n\n" in text
    paper, own = (text.split(f"**{title}")[1].split("\n\n") for title in ("The paper's", "Our own"))
    assert paper[0].endswith(
        "a number, or a sentence of the abstract.** 0 agree, 2 contradict, 0 underpowered."
    )
    crossed = "[`crossed`](crossed/report.md)"
    assert paper[1].splitlines()[2:] == [
        f"| ✗ | {crossed} | `w=16` | worse | +0.33 [-1.10, +1.77] | -2.00 | 26 % |",
        f"| ✗ | {crossed} | `w=16 (same MACs)` | worse | +0.33 [-1.10, +1.77] | -2.00 | 26 % |",
    ]
    assert own[1].splitlines()[2:] == [
        f"| ✓ | {crossed} | `se=1` | not better | +0.33 [-1.10, +1.77] | – | 83 % |",
        f"| – | {crossed} | `se=1 (same MACs)` | not better | no network of its own | – | – |",
    ]


def test_what_the_data_contradict_is_said_behind_a_click(root):
    text = overview_markdown(read_overview(root))
    folded = text.split("<details><summary>What the data contradict</summary>\n\n")[1]
    assert folded.splitlines()[0] == (
        "- [`crossed`](crossed/report.md): `w=16` should be worse (Yang et al. 2023, arXiv 2210.01820); "
        "found as written: +0.33 [-1.10, +1.77], equivalent."
    )
    assert row_of(text, "ablate_order")[4] == "none stated"
    assert row_of(text, "crossed")[4] == (
        "As written: 2 agree, 1 contradicts, 0 underpowered. "
        "At the baseline's MACs: 0 agree, 2 contradict, 0 underpowered, 1 not testable"
    )


def test_the_table_has_a_row_for_each_claim_in_each_reading(root):
    table = read_overview(root).claims_table
    assert list(table["variant"]) == ["w=16", "se=1", "w=16, se=1"] * 2
    first, unmatched = table.iloc[0], table.iloc[4]
    assert dict(first[["study", "reading", "kind", "written", "setting", "network", "other_network"]]) == {
        "study": "crossed",
        "reading": "none",
        "kind": "number",
        "written": "before",
        "setting": "a table",
        "network": "b" * 12,
        "other_network": "a" * 12,
    }
    assert (first["seeds"], first["verdict"], first["agreement"]) == (3, "equivalent", "contradicts")
    assert first["effect"] == pytest.approx(0.01 / 3)
    assert first["source_effect"] == -0.02
    assert (unmatched["verdict"], unmatched["network"], unmatched["seeds"]) == (
        "no network of its own",
        "",
        0,
    )
    assert math.isnan(unmatched["power"])


def test_a_claim_that_another_study_counts_is_in_the_table_too(root, two_readings):
    shutil.copytree(two_readings, root / "again")
    counted = read_overview(root).claims_table.groupby("study")["counted"].agg(list)
    assert counted["again"] == [True] * 6
    assert counted["crossed"] == [False, False, False, False, True, False]


def test_what_two_studies_claim_of_the_same_networks_counts_once(root, two_readings):
    shutil.copytree(two_readings, root / "again")
    page = read_overview(root)
    assert len([claim for row in page.studies for claim in row.claims]) == 12
    assert [(row.folder, claim.variant) for row, claim in page.claims if claim.networks] == [
        ("again", "w=16"),
        ("again", "se=1"),
        ("again", "w=16, se=1"),
        ("again", "w=16"),
        ("again", "w=16, se=1"),
    ]
    plan = ResultsFolder(two_readings).read_plan()
    ResultsFolder(two_readings).write_plan(replace(plan, seeds=(0, 1, 2, 3)))
    assert {row.folder for row, claim in read_overview(root).claims if claim.networks} == {"crossed"}
    ResultsFolder(two_readings).write_plan(replace(plan, recipe_key="other"))
    assert len([claim for _, claim in read_overview(root).claims if claim.networks]) == 10


def test_without_claims_nothing_is_said_to_agree(tmp_path, make_results):
    make_results(tmp_path / "one", {"mbconv+attn": [0.9]})
    text = overview_markdown(read_overview(tmp_path))
    assert "No expected answer is stated as claims, so none was held against the data." in text
    assert row_of(text, "one")[3:6] == ["nothing to compare has finished", "none stated", "–"]
    assert math.isnan(read_overview(tmp_path).studies[0].detectable)


def test_one_variant_is_best_and_worst_and_named_once(tmp_path, make_results):
    make_results(tmp_path / "one", {"mbconv+attn": [0.9, 0.9], "attn+mlp": [0.8, 0.7]})
    assert row_of(overview_markdown(read_overview(tmp_path)), "one")[3].count("attn+mlp") == 1


def test_claims_that_name_no_variant_are_not_called_unstated(two_readings):
    ResultsFolder(two_readings).write_plan(
        replace(ResultsFolder(two_readings).read_plan(), claims={"w=32": SourcedClaim(claim="better")})
    )
    assert row_of(overview_markdown(read_overview(two_readings.parent)), "crossed")[4] == "name no variant"


def test_searches_and_tables_stand_apart(root):
    shutil.copytree(SEARCH, root / "search_tiny_widths")
    (root / "recorded").mkdir()
    (root / "recorded" / "table.csv").write_text("key,seed,top1\na,0,0.5\na,1,0.6\nb,0,0.7\n")
    page = read_overview(root)
    assert [(row.folder, row.trained) for row in page.searches] == [("search_tiny_widths", 60)]
    assert sorted(page.searches[0].frontier) == list(page.searches[0].frontier)
    text = overview_markdown(page)
    front = page.searches[0].frontier
    assert row_of(text, "search_tiny_widths")[3].startswith(
        f"{len(front)} of 60 networks on the frontier, from {percent(front[0][1])} % at "
    )
    assert row_of(text, "recorded") == ["[`recorded`](recorded/README.md)", "2", "3"]


def test_the_command_writes_the_page(root):
    words = [sys.executable, "-m", "moat_lab", "overview", str(root)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(root / "README.md")
    assert (root / "claims.csv").read_text().startswith("study,reading,variant,claim,kind,written,source,")
    assert (root / "claims.png").read_bytes().startswith(b"\x89PNG")
    assert (root / "README.md").read_text(encoding="utf-8") == overview_markdown(read_overview(root))


def test_what_cannot_be_read_is_named_and_the_rest_is_told(root):
    shutil.copytree(root / "ablate_order", root / "margin")
    plan = root / "margin" / "plan.json"
    plan.write_text(plan.read_text().replace('"margin": null', '"margin": NaN'))
    (root / "piped").mkdir()
    os.mkfifo(root / "piped" / "plan.json")
    os.mkfifo(root / "piped" / "table.csv")
    (root / "empty").mkdir()
    (root / "empty" / "table.csv").write_text("")
    os.mkfifo(root / "ablate_order" / "evaluations" / "pipe.json")
    found = read_overview(root)
    assert [row.folder for row in found.studies] == ["ablate_order", "crossed"]
    assert overview_markdown(found).endswith(
        "\n\n## Could not be read, and counted nowhere\n\n"
        "- `margin/plan.json`: margin: Input should be less than or equal to 1; got nan\n"
        "- `piped/plan.json`: a file is needed; got a folder, a pipe or a device\n"
        "- `empty/table.csv`: a recorded table is needed; got "
        f"{root}/empty/table.csv: No columns to parse from file\n"
        "- `piped/table.csv`: a recorded table is needed; got "
        f"{root}/piped/table.csv: a file is needed; got a folder, a pipe or a device\n"
        "- `ablate_order/evaluations/cut.json`: "
        "Invalid JSON: EOF while parsing an object at line 1 column 1\n"
        "- `ablate_order/evaluations/pipe.json`: a file is needed; got a folder, a pipe or a device\n"
    )
