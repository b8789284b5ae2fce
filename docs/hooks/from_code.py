"""Tables of the reference pages, made from the code when the site is built, so that they cannot go stale."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

import click
import typer

from moat_lab import commands, data, engines, heads, tasks
from moat_lab.__main__ import app
from moat_lab.blocks import LAYERS
from moat_lab.blocks.options import kinds, value_text
from moat_lab.command_line import CONTEXT
from moat_lab.export import TARGETS
from moat_lab.grammar.network import Stage, Stem
from moat_lab.grammar.zoo import ZOO
from moat_lab.metrics import METRICS
from moat_lab.search.samplers import SAMPLERS
from moat_lab.study.study_file import StudyFile
from moat_lab.train import scores
from moat_lab.train.recipe import Augmentation, Recipe


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def options(owner: type) -> str:
    """The options that the language can set, with their values and defaults."""
    defaults = {f.name: f.default for f in fields(owner)}
    rows = [(f"`{name}`", kind.expected, _default(defaults[name])) for name, kind in kinds(owner).items()]
    return table(("option", "value", "default"), rows)


def layers() -> str:
    """Every layer: what it is, its options, its source."""
    return "\n\n".join(
        f"### `{keyword}`\n\n{inspect.getdoc(layer)}\n\n{options(layer)}" for keyword, layer in LAYERS.items()
    )


def fields_of(model: Any) -> str:
    """The fields of a YAML file: what may stand there, the default, the meaning."""
    schema, said = model.model_json_schema(), attribute_docstrings(model)
    rows = []
    for name, of in schema["properties"].items():
        default = "needed" if name in schema.get("required", ()) else _default(of.get("default"))
        rows.append((f"`{name}`", value_words(of), default, said.get(name, "")))
    return table(("field", "value", "default", "meaning"), rows)


def attribute_docstrings(owner: type) -> dict[str, str]:
    """The text below each field of a class, in one line."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    assert isinstance(tree, ast.ClassDef)
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def value_words(schema: Mapping[str, Any]) -> str:
    """What a part of a JSON schema asks for, in words."""
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if parts := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(value_words(part) for part in parts if part.get("type") != "null"))
    if schema.get("type") == "array":
        return f"a list: {value_words(schema.get('items', {}))}"
    return WORDS.get(schema.get("type", ""), "a mapping") + _limits(schema)


_COLUMNS = 84
"""Of a line of help: more would need a bar to scroll by."""
WORDS = {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "`true` or `false`"}


def _limits(schema: Mapping[str, Any]) -> str:
    signs = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    return "".join(f" {word} {schema[name]:,}" for name, word in signs.items() if name in schema)


def _default(value: Any) -> str:
    if value is None or value in ("", [], {}) or value is MISSING:
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else _written(value)}`"


def _written(value: Any) -> str:
    return value_text(value) if isinstance(value, int | float | str | tuple) else str(value)


def first_lines(package: Any, names: Iterable[str]) -> str:
    """Names of files, each with the first line of its docstring."""
    modules = {name: importlib.import_module(f"{package.__name__}.{name}") for name in names}
    rows = [(f"`{name}`", (module.__doc__ or "").strip().splitlines()[0]) for name, module in modules.items()]
    return table(("name", "what it is"), rows)


def command_helps() -> str:
    """What `moat-lab COMMAND --help` says, of every command."""
    group: Any = typer.main.get_command(app)
    context = click.Context(group, info_name="moat-lab", terminal_width=_COLUMNS, **CONTEXT)  # type: ignore[arg-type]
    return "\n\n".join(
        f"## {name}\n\n```text\n{_help(context, group, name)}\n```" for name in _command_names()
    )


def _help(context: click.Context, group: Any, name: str) -> str:
    command = group.get_command(context, name)
    inner = command.context_class(command, info_name=name, parent=context, terminal_width=_COLUMNS)
    return str(command.get_help(inner)).strip()


def _command_names() -> list[str]:
    return sorted(name.replace("_", "-") for name in commands.COMMANDS)


TABLES: dict[str, Callable[[], str]] = {
    "layers": layers,
    "stem": lambda: options(Stem),
    "stage": lambda: options(Stage),
    "zoo": lambda: table(("name", "network"), [(f"`{name}`", f"`{text}`") for name, text in ZOO.items()]),
    "study": lambda: fields_of(StudyFile),
    "recipe": lambda: fields_of(Recipe),
    "augmentation": lambda: fields_of(Augmentation),
    "metrics": lambda: table(
        ("name", "title", "unit", "better"),
        [
            (f"`{name}`", m.title, m.unit, {"minimize": "lower", "maximize": "higher"}[m.direction])
            for name, m in METRICS.items()
        ],
    ),
    "data": lambda: first_lines(data, sorted([*data.DATASETS, *data.DATASETS_OF])),
    "tasks": lambda: first_lines(tasks, tasks.TASKS),
    "heads": lambda: first_lines(heads, heads.HEADS),
    "engines": lambda: first_lines(engines, engines.ENGINES),
    "targets": lambda: table(
        ("`--to`", "what is written"), [(f"`{n}`", t.about) for n, t in TARGETS.items()]
    ),
    "scores": lambda: first_lines(scores, scores.SCORES),
    "samplers": lambda: table(
        ("name", "method"), [(f"`{name}`", one.method) for name, one in SAMPLERS.items()]
    ),
    "commands": command_helps,
}
"""What `<!-- generated: NAME -->` in a page stands for."""
