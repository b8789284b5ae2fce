from io import StringIO

from rich.console import Console

from moat_lab.study.fitted_table import FittedTable


def lines(width):
    table = FittedTable(drop=("MACs", "params"), prose="question")
    for title in ("name", "question", "params", "MACs"):
        table.add_column(title)
    table.add_row(
        "a_long_study_name", "What should stand before the attention, and what behind it?", "12 k", "3 M"
    )
    file = StringIO()
    Console(file=file, width=width, force_terminal=True, color_system=None).print(table)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_columns_go_in_their_order_until_the_rest_has_room_and_sentences_wrap():
    assert lines(57) == [
        "name               question                        params",
        "a_long_study_name  What should stand before the    12 k",
        "                   attention, and what behind it?",
        "A terminal wider than 57 columns shows MACs too.",
    ]
    assert lines(52)[0] == "name               question"
    assert " ".join(lines(52)[-2:]) == "A terminal wider than 52 columns shows MACs and params too."


def test_all_columns_are_there_where_there_is_room():
    title, first, *_ = lines(100)
    assert title.split() == ["name", "question", "params", "MACs"]
    assert first.endswith("3 M")
