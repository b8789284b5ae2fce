"""The section on what each schedule is worth as a proxy."""

import math

import pandas as pd

from moat_lab.analysis.proxy_quality import COLUMNS
from moat_lab.report.proxy_quality import proxy_sections, proxy_sentence

GOOD = {
    **dict.fromkeys(COLUMNS, math.nan),
    "schedule": "good",
    "seeds": 3.0,
    "snr": 2.5,
    "snr_without": 1.5,
    "snr_without_low": 0.8,
    "snr_without_high": 2.9,
    "snr_of_means": 2.6,
    "snr2_per_s": 0.5,
    "headroom": 0.1,
    "compression": 0.8,
    "late_gain": 0.002,
    "checked": 0,
    "in_use": 0,
}
LEFT_OUT = {"order": "attn+mlp"}


def table(*changes):
    return pd.DataFrame([GOOD | change for change in changes])


def test_the_schedule_that_tells_most_for_its_time_is_named_with_those_that_do_not_count():
    rows = table(
        {},
        {"schedule": "better", "snr2_per_s": 0.7},
        {"schedule": "full", "snr2_per_s": 9.0, "headroom": 0.04, "compression": 0.4},
        {"schedule": "brief", "snr2_per_s": 8.0, "late_gain": 0.02},
        {"schedule": "inert", "snr2_per_s": 7.0, "checked": 4},
    )
    assert proxy_sentence(rows) == (
        "`better` tells networks apart best for its time, of the schedules below their ceiling and beyond "
        "their rise: SNR 1.5, 2.6 of means over 3 seeds. Not counted: `full` (at its ceiling); `brief` (in "
        "mid-rise); `inert` (attention in no use)."
    )


def test_no_schedule_may_be_suited():
    assert proxy_sentence(table({"late_gain": 0.3})) == (
        "No schedule measures below its ceiling and beyond its rise. Not counted: `good` (in mid-rise)."
    )


def test_the_table_has_the_ratios_with_and_without_the_outlier():
    title, _, shown, method = proxy_sections(table({}), LEFT_OUT)
    assert title == "## What each is worth as a proxy"
    assert shown.splitlines() == [
        "| schedule | SNR | without `order=attn+mlp` [95 %] | of means | SNR² a second | headroom, points "
        "| upper / lower | last tenth, points |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| `good` | 2.5 | 1.5 [0.8, 2.9] | 2.6 | 0.50 | 10.0 | 0.80 | +0.20 |",
    ]
    assert method.endswith("All but the first SNR and the last tenth leave out `order=attn+mlp`.")


def test_a_manipulation_check_is_shown_where_there_was_one():
    checked = {"checked": 4, "in_use": 3, "mechanism": 0.036, "mechanism_low": 0.02, "mechanism_high": 0.05}
    (_, _, shown, _) = proxy_sections(table(checked), {})
    assert shown.splitlines()[0].endswith("| learned less frozen, points [t 95 %] | attention in use |")
    assert shown.splitlines()[2].endswith("| +3.60 [+2.00, +5.00] | 3 of 4 |")


def test_a_single_seed_tells_no_ratio():
    assert proxy_sections(table({"snr": math.nan}), {}) == []
