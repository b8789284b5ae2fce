"""What a notebook shows of a cost."""

from moat_lab import cost


def test_a_notebook_shows_each_part_and_the_whole():
    shown = cost("tiny_moat_0")._repr_html_()
    assert shown.count("<tr>") == 8
    assert shown.endswith("<tr><td>all</td><td></td><td>3,355,348</td><td>775,052,288</td></tr></table>")
