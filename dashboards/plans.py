"""Plans, read again only when their file has changed."""

from pathlib import Path

from dashboards.kept import Kept
from moat_lab.records import Plan, read_plan
from moat_lab.records.plan import FILE
from moat_lab.report.names import labels

Stamp = tuple[int, int, int]
_PLANS: Kept[Path, tuple[Stamp, Plan]] = Kept(most=64)
_NAMES: Kept[int, tuple[Plan, dict[str, str]]] = Kept(most=8)


def plan_of(folder: Path) -> Plan:
    """The plan of a results folder; the same object as before where its file has not changed.

    Raises:
        UserError: `folder` holds no plan, or a damaged one.
    """
    stamp = _stamp(folder)
    kept = _PLANS.get(
        folder.absolute(), lambda: (stamp, read_plan(folder)), holds=lambda known: known[0] == stamp
    )
    return kept[1]


def names_of(plan: Plan) -> dict[str, str]:
    """`report.names`, worked out once for each plan that is kept."""
    return _NAMES.get(id(plan), lambda: (plan, labels(plan)), holds=lambda known: known[0] is plan)[1]


def _stamp(folder: Path) -> Stamp:
    """Whoever writes a plan renames, so that the file is another one."""
    try:
        status = (folder / FILE).stat()
    except OSError:
        return (-1, -1, -1)
    return status.st_ino, status.st_size, status.st_mtime_ns
