"""One name, one thing: no two classes share one."""

import ast
from collections import defaultdict
from pathlib import Path

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
