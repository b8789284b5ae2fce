"""Pages of the site are made from the checkout's pages and from the code."""

import sys
from pathlib import Path

import pytest

HOOKS = Path(__file__).parents[3] / "docs" / "hooks"
sys.path.insert(0, str(HOOKS))

from from_code import TABLES, attribute_docstrings, options, table, value_words  # noqa: E402
from pages import MARKER, ROOT, on_page_markdown, with_site_links  # noqa: E402

from moat_lab.blocks import LAYERS  # noqa: E402


@pytest.mark.parametrize(
    ("here", "link", "on_site"),
    [
        ("README.md", "[a](docs/search.md)", "[a](search.md)"),
        ("README.md", "![a](results/x/e.png)", "![a](results/x/e.png)"),
        ("docs/search.md", "[`t`](../results/t/README.md#seeds)", "[`t`](results/t/README.md#seeds)"),
        ("docs/decisions/0001.md", "[a](../search.md)", "[a](../search.md)"),
        ("docs/decisions/0001.md", "[a](../../README.md)", "[a](../index.md)"),
        ("CONTRIBUTING.md", "[a](https://arxiv.org/x)", "[a](https://arxiv.org/x)"),
        ("docs/search.md", "`[a](../x.md)`", "`[a](../x.md)`"),
    ],
)
def test_a_link_leads_on_the_site_to_where_it_leads_in_the_checkout(here, link, on_site):
    assert with_site_links(link, here) == on_site


def test_a_link_in_a_block_of_code_stays():
    text = "```\n[a](../x.md)\n```\n[a](../README.md)"
    assert with_site_links(text, "docs/search.md") == "```\n[a](../x.md)\n```\n[a](index.md)"


def test_the_options_of_a_layer_have_values_and_defaults():
    assert options(LAYERS["mlp"]).splitlines()[2] == "| `expand` | a positive number | `4` |"


def test_every_layer_has_a_table_in_the_reference():
    made = TABLES["layers"]()
    assert [line for line in made.splitlines() if line.startswith("### ")] == [f"### `{k}`" for k in LAYERS]


def test_a_field_of_a_study_says_what_it_takes_and_means():
    assert "| `seeds` | a whole number from 1 to 1,000 | `5` |  |" in TABLES["study"]()
    assert "| `trials` | a whole number from 1 to 100,000 | – | Networks that a search trains at most. |" in (
        TABLES["study"]()
    )


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"enum": ["a", "b"]}, "`a` or `b`"),
        ({"type": "array", "items": {"type": "string"}}, "a list: text"),
        ({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]}, "a number above 0"),
    ],
)
def test_a_schema_is_said_in_words(schema, words):
    assert value_words(schema) == words


def test_a_field_is_described_by_the_text_below_it():
    assert attribute_docstrings(Described) == {"with_text": "Said in two lines."}


class Described:
    without_text: int
    with_text: int
    """Said in
    two lines."""


def test_a_bar_in_a_cell_is_no_column():
    assert table(("a",), [("x|y",)]).splitlines()[-1] == "| x\\|y |"


def test_every_marker_of_a_page_has_a_table_and_every_table_a_page():
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")]
    assert {name for page in pages for name in MARKER.findall(page)} == set(TABLES)


def test_a_marker_is_replaced():
    class Page:
        class file:  # noqa: N801
            src_uri = "search.md"

    assert "| `tpe` |" in on_page_markdown("<!-- generated: samplers -->", Page, None, None)
