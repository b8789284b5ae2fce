"""What a notebook shows of a user's mistake."""

import pytest

from moat_lab import GrammarError, parse


def test_a_notebook_shows_the_place_and_the_caret_without_a_traceback():
    with pytest.raises(GrammarError) as caught:
        parse("stem(32) | 2x mbconv(exapnd=4) @32")
    shown = "\n".join(caught.value._render_traceback_())
    assert shown.splitlines()[:3] == [
        "column 22: mbconv has no option 'exapnd'",
        "  stem(32) | 2x mbconv(exapnd=4) @32",
        "                       ^^^^^^",
    ]
