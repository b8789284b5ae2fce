import pytest

from moat_lab.errors import UserError
from moat_lab.search.limits import amount, read_limits, violation


def test_limits_are_read_with_their_prefixes():
    assert read_limits(["macs <= 30M", "params<=1.5k", "activations <= 7"]) == {
        "macs": 30_000_000,
        "params": 1_500,
        "activations": 7,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("macs < 3M", "'macs < 3M' is not one\n  a limit is such as 'macs <= 30M'"),
        ("mac <= 3M", "there is no cost 'mac'\n  did you mean 'macs'?"),
        ("macs <= 0", "a limit is above 0"),
        ("macs <= -3", "is not one"),
        ("macs <= ٣M", "'macs <= ٣M' is not one"),
        ("macs <= inf", "'macs <= inf' is not one"),
        ("macs <= " + "9" * 400, "is not one"),
        ("macs <= 1000000001G", "at most 1,000,000,000G; got '1000000001G'"),
    ],
)
def test_what_is_no_limit_is_said(text, message):
    with pytest.raises(UserError) as error:
        read_limits([text])
    assert message in str(error.value)


def test_a_cost_is_limited_once():
    with pytest.raises(UserError, match="macs is limited twice"):
        read_limits(["macs <= 1M", "macs <= 2M"])


def test_the_excess_adds_up_in_parts_of_each_limit():
    assert violation({"macs": 150, "params": 30, "activations": 9}, {"macs": 100, "params": 20}) == 1.0
    assert violation({"macs": 100, "params": 20}, {"macs": 100, "params": 20}) == 0.0


def test_an_amount_is_a_number_with_a_prefix():
    assert [amount("20M"), amount("0.5k"), amount("5")] == [20_000_000, 500, 5]
    with pytest.raises(UserError, match="got '5 apples'"):
        amount("5 apples")
