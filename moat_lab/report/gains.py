"""The section of a calibration on what one schedule gains over another on the same images."""

from collections.abc import Sequence

from moat_lab.analysis.gains import Gain
from moat_lab.analysis.intervals import Interval
from moat_lab.records import Plan
from moat_lab.report.markdown import markdown_table
from moat_lab.report.names import labels
from moat_lab.report.units import NOTHING, code, count, points

_METHOD = """\
A gain is the difference of two schedules that train and validate on the same images, of the same network with
the same seed, in points; brackets are Student's t intervals at 95 % over the seeds. The last row is the
mean over the networks."""


def gains_sections(found: Sequence[Gain], plan: Plan) -> list[str]:
    """A sentence and a table; nothing where no two schedules have the same images."""
    shown = [gain for gain in found if gain.by_variant]
    if not shown:
        return []
    names = labels(plan)
    titles = ("network", *(f"{code(gain.schedule)} over {code(gain.over)}" for gain in shown))
    rows = [(code(names[v.key]), *(_cell(gain, v.key) for gain in shown)) for v in plan.variants]
    rows.append(("mean", *(_text(gain.mean) for gain in shown)))
    return [
        "## What is gained",
        " ".join(map(gain_sentence, shown)),
        markdown_table("l" + "r" * len(shown), titles, rows),
        _METHOD,
    ]


def gain_sentence(gain: Gain) -> str:
    """The mean over the networks, in words."""
    mean, networks = gain.mean, count(len(gain.by_variant), "network")
    if mean.low != mean.low:
        return f"What {code(gain.schedule)} gains over {code(gain.over)} is not known yet."
    verb = "gains" if mean.low > 0 else "loses" if mean.high < 0 else "may gain or lose"
    return (
        f"{code(gain.schedule)} {verb} {_text(mean)} points over {code(gain.over)}, the mean of {networks}."
    )


def _cell(gain: Gain, key: str) -> str:
    return _text(gain.by_variant[key]) if key in gain.by_variant else NOTHING


def _text(gain: Interval) -> str:
    return points(gain.mean, gain.low, gain.high)
