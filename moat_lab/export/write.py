"""Writes a subject to a file or folder, and checks that it gives the same outputs before it is renamed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from moat_lab.errors import UserError
from moat_lab.export.target import Target
from moat_lab.files import atomic_file, atomic_folder
from moat_lab.grammar import zoo_name

if TYPE_CHECKING:
    from moat_lab.export.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: `apart` is the largest difference between its outputs and the model's."""

    path: Path
    apart: float
    bytes: int


def write_export(of: Subject, target: Target, path: Path, *, overwrite: bool = False) -> Exported:
    """Writes and checks under a hidden name, and renames: who is killed leaves nothing under `path`.

    Of a network with a head it takes what the target can hold, as `held_part` gives it.

    Raises:
        UserError: packages are missing, `path` is there already, or the outputs differ.
    """
    check(target, path, overwrite=overwrite)
    if target.suffix:
        with atomic_file(path) as temporary:
            apart = target.write(of, temporary)
    else:
        with atomic_folder(path, overwrite=overwrite) as temporary:
            apart = target.write(of, temporary)
    files = [path] if path.is_file() else list(path.iterdir())
    return Exported(path=path, apart=apart, bytes=sum(file.stat().st_size for file in files))


def check(
    target: Target,
    path: Path | None,
    *,
    overwrite: bool = False,
    fold: bool = False,
    dynamic: bool = False,
    opset: int | None = None,
) -> None:
    """Raises UserError for what can be known to fail before anything is built."""
    if target.missing:
        raise UserError(
            f"this target needs packages that are not installed: {', '.join(target.missing)}\n"
            f"  pip install 'moat-lab[{target.extra}]'"
        )
    if fold and not target.foldable:
        raise UserError(
            "--fold changes the layers, and this target holds weights that have to fit the network's\n"
            "  fold where the computation itself is written: --to onnx or torch_export"
        )
    if dynamic and not target.foldable:
        raise UserError(
            "--dynamic is for a form that holds the computation; this target holds weights, for any size\n"
            "  leave it out"
        )
    if opset is not None and opset not in target.opsets:
        raise UserError(_opset_problem(target, opset))
    if path is None:
        return
    if path.exists() and not overwrite:
        raise UserError(f"--out: a path that does not exist is needed; got {path}\n  or give --overwrite")
    if target.suffix:
        _check_file(path, target.suffix)
    elif path.exists() and not _is_export(path, target):
        raise UserError(
            f"--overwrite: a folder that holds an export and nothing else is needed; got {path}\n"
            "  name another folder, or remove this one yourself"
        )


def _opset_problem(target: Target, opset: int) -> str:
    if not target.opsets:
        return f"--opset is a version of ONNX's operators, for --to onnx; got {opset} for another form"
    first, last = target.opsets[0], target.opsets[-1]
    return f"--opset is a version of ONNX's operators from {first} to {last}; got {opset}"


def _check_file(path: Path, suffix: str) -> None:
    """Readers go by the name's end."""
    if path.is_dir():
        raise UserError(f"--out: a file is written; {path} is a folder")
    if path.suffix != suffix:
        raise UserError(
            f"--out: a name that ends in {suffix} is needed; got {path}\n  did you mean {path}{suffix}?"
        )


def _is_export(path: Path, target: Target) -> bool:
    """Whether a folder holds files of such an export alone, so that nothing else is lost with it."""
    return path.is_dir() and {part.name for part in path.iterdir()} <= set(target.files)


def default_path(of: Subject, target: Target) -> Path:
    """In the working folder: the ZOO's name, or the network's key."""
    own = of.model.network
    name = zoo_name(own) or f"network_{own.key}"
    return Path(re.sub(r"\W", "_", name) + (target.suffix or "_timm"))
