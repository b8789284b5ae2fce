"""A room imports only from rooms before it, also in functions; torch is loaded where networks are built."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import moat_lab

ROOT = Path(moat_lab.__file__).parent
GROUND = (
    "errors",
    "discovery",
    "field_types",
    "bounded_yaml",
    "checked_yaml",
    "command_line",
    "files",
    "device",
    "numerics",
    "lookup",
    "version",
)
"""Files beside the rooms that every room may use, and that use no room."""
ROOMS = (
    "ops",
    "blocks",
    "grammar",
    "lowering",
    "heads",
    "metrics",
    "costs",
    "moat_lab",  # the package itself: it imports cost
    "models",
    "export",
    "measure",
    "data",
    "tasks",
    "records",
    "analysis",
    "report",
    "search",
    "train",
    "engines",
    "study",
    "commands",
)
"""In the order in which the data walks."""
WITH_TORCH = (
    "ops/modules/",
    "models/",
    "train/",
    "export/subject.py",
    "export/exported_part.py",
    "export/folding.py",
    "export/tracing.py",
)
HEAVY = {"torch", "torchvision", "timm", "fvcore"}
NOT_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc", "tools"}
FILES = {str(path.relative_to(ROOT)): path for path in sorted(ROOT.rglob("*.py"))}
EVERY_FILE = pytest.mark.parametrize("name", FILES)


def room(name: str) -> str:
    return Path(name).parts[0].removesuffix(".py").replace("__init__", "moat_lab")


def imported(nodes: Iterator[ast.AST]) -> set[str]:
    """Full names of the modules that these statements import."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The statements that run when the module is imported: no function's, no type checker's."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from at_import(child)


def rooms_of(modules: set[str]) -> set[str]:
    """The rooms, files of the ground, or the package itself that are imported from."""
    parts = [name.split(".") for name in modules if name.split(".")[0] == "moat_lab"]
    known = {*ROOMS, *GROUND}
    return {words[1] if len(words) > 1 and words[1] in known else "moat_lab" for words in parts}


def test_every_file_stands_in_a_room():
    assert {room(name) for name in FILES} - {*ROOMS, *GROUND, "__main__"} == set()


@EVERY_FILE
def test_a_room_imports_only_from_rooms_before_it(name):
    tree, here = ast.parse(FILES[name].read_text(encoding="utf-8")), room(name)
    if here in ("moat_lab", "__main__"):
        return
    allowed = {*GROUND, *(ROOMS[: ROOMS.index(here) + 1] if here in ROOMS else ())}
    assert rooms_of(imported(ast.walk(tree))) - allowed == set()


def test_no_files_need_each_other():
    needed = {module(name): modules_of(path) - {module(name)} for name, path in FILES.items()}
    TopologicalSorter(needed).prepare()


def module(name: str) -> str:
    return ".".join(("moat_lab", *Path(name).with_suffix("").parts)).removesuffix(".__init__")


def modules_of(path: Path) -> set[str]:
    """The files that a file imports from, wherever it does."""
    names = imported(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    known = {module(name) for name in FILES}
    return {name if name in known else name.rpartition(".")[0] for name in names} & known


@EVERY_FILE
def test_torch_is_imported_at_once_only_where_networks_are_built_or_trained(name):
    if name.startswith(WITH_TORCH):
        return
    modules = imported(at_import(ast.parse(FILES[name].read_text(encoding="utf-8"))))
    assert {module.split(".")[0] for module in modules} & HEAVY == set()
    builders = tuple(folder.removesuffix("/").replace("/", ".") for folder in ("ops/modules", "models"))
    assert [m for m in modules if m.removeprefix("moat_lab.").startswith(builders)] == []


@pytest.mark.parametrize(
    "module",
    [
        "",
        ".grammar",
        ".lowering",
        ".costs",
        ".export",
        ".data",
        ".records",
        ".analysis",
        ".report",
        ".search",
        ".commands",
    ],
)
def test_importing_loads_no_torch(module):
    code = f"import sys, moat_lab{module}; print(sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@EVERY_FILE
def test_a_file_is_named_after_what_it_holds(name):
    assert {part.removesuffix(".py") for part in Path(name).parts} & NOT_NAMES == set()


def test_the_checks_see_what_they_look_for():
    source = """
import torch
from moat_lab import parse
def late():
    from moat_lab.models import build
if TYPE_CHECKING:
    import timm
try:
    import fvcore.nn
except ImportError:
    pass
"""
    tree = ast.parse(source)
    assert imported(at_import(tree)) == {"torch", "moat_lab.parse", "fvcore.nn"}
    assert rooms_of(imported(ast.walk(tree))) == {"moat_lab", "models"}
