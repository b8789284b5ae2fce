"""What studies are called in addresses: the same on every machine, as far as their names tell them apart."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from moat_lab.records import ResultsFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStudies:
    """The studies below the roots.

    Args:
        folders: name -> results folder. The name is the path below the root, `ablate_order`; if two roots
            have it, the root's name comes first, `runs/ablate_order`.
        aliases: other name -> name: with the root where it is not needed, and without it where it is, which
            then means the last root's.
    """

    folders: Mapping[str, ResultsFolder]
    aliases: Mapping[str, str]


def known_studies(roots: tuple[Path, ...]) -> KnownStudies:
    """All studies below the roots; of two with the same root's name and path it is the later one."""
    below = {
        f"{root.name}/{_short(folder, root)}": (_short(folder, root), folder)
        for root in roots
        for folder in ResultsFolder.below(root)
    }
    places = Counter(short for short, _ in below.values())
    names = {path: short if places[short] == 1 else path for path, (short, _) in below.items()}
    other = names | {short: names[path] for path, (short, _) in below.items()}
    return KnownStudies(
        folders={names[path]: folder for path, (_, folder) in below.items()},
        aliases={alias: name for alias, name in other.items() if alias != name},
    )


def study_folders(roots: tuple[Path, ...]) -> Mapping[str, ResultsFolder]:
    """The folders of `known_studies`."""
    return known_studies(roots).folders


def _short(folder: ResultsFolder, root: Path) -> str:
    return folder.path.relative_to(root).as_posix()
