"""What is selected on the chart of a frontier."""

from dashboards.frontier.selection import selected_keys


def test_each_selected_variant_is_named_once():
    points = [{"customdata": ["a"]}, {"customdata": ["b"]}, {"customdata": ["a"]}, {"x": 1}]
    assert selected_keys({"selection": {"points": points}}) == ["a", "b"]


def test_nothing_selected_is_no_key():
    assert selected_keys({}) == []
