"""One name, one thing: no two classes share one, and no function has that of a module."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

import moat_lab

ROOT = Path(moat_lab.__file__).parents[1]
FILES = {
    path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
    for folder in ("moat_lab", "dashboards")
    for path in sorted((ROOT / folder).rglob("*.py"))
}


def test_no_two_classes_share_a_name():
    files = defaultdict(list)
    for path, tree in FILES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                files[node.name].append(str(path))
    assert {name: where for name, where in files.items() if len(where) > 1} == {}


ROOMS = sorted({path.parts[1].removesuffix(".py") for path in FILES if path.parts[0] == "moat_lab"})
NOT_YET = ("analysis", "search", "train")
"""Rooms with functions that still have the name of a module."""


def module_name(path: Path) -> str:
    return path.parent.name if path.stem == "__init__" else path.stem


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in NOT_YET])
def test_no_function_has_the_name_of_a_module(room):
    """But for `commands/`, whose files are named as what is typed: `cost` is a function and a command."""
    package = {path: tree for path, tree in FILES.items() if path.parts[0] == "moat_lab"}
    modules = {module_name(path) for path in package if path.parts[1] != "commands"}
    same = [
        f"{path}: {node.name}"
        for path, tree in package.items()
        if path.parts[1].removesuffix(".py") == room
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name in modules
    ]
    assert same == []
