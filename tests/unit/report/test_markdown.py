"""Tables of Markdown."""

from moat_lab.report.markdown import markdown_table


def test_each_column_has_its_side_and_no_cell_is_padded():
    assert markdown_table("lr", ("network", "seeds"), [("mbconv", 5), ("attn+mlp", "1e5")]) == (
        "| network | seeds |\n| --- | ---: |\n| mbconv | 5 |\n| attn+mlp | 1e5 |"
    )


def test_a_bar_or_a_line_break_in_a_cell_does_not_end_it():
    assert markdown_table("l", ("text",), [("a | b\nc",), ("`d \\| e`",)]).splitlines()[2:] == [
        "| a \\| b c |",
        "| `d \\| e` |",
    ]
