"""YAML as plain values, bounded in size, depth, aliases and digits."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from moat_lab.errors import UserError
from moat_lab.files import read_regular

Location = tuple[int | str, ...]
MOST_BYTES = 1 << 16
MOST_DEPTH = 16
MOST_VALUES = 5_000
MOST_DIGITS = 40
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What stands in a file.

    Args:
        places: location in the content -> its mark in the text.
        twice: keys that stand twice in a mapping, where YAML keeps the last: location -> line of the first.
    """

    content: Any
    places: Mapping[Location, yaml.Mark]
    twice: Mapping[Location, int]


class _TooLargeError(Exception):
    """Is YAML, and more than is read; with the place."""

    def __init__(self, message: str, mark: Any) -> None:
        super().__init__(message)
        self.mark = mark


def read_document(path: Path) -> Document:
    """The one document of a YAML file.

    Raises:
        UserError: the file cannot be read, is not YAML, or is larger, deeper or longer than any of ours; with
            the place.
    """
    try:
        return _document(read_regular(path, most=MOST_BYTES).decode())
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"{path}, line {line}: text in UTF-8 is needed; got another byte") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error}") from None
    except _TooLargeError as error:
        raise UserError(f"{path}{at(error.mark)}: {error}") from None
    except yaml.MarkedYAMLError as error:
        raise UserError(f"{path}{at(error.problem_mark)}: not YAML: {error.problem:.200}") from None
    except yaml.reader.ReaderError as error:
        raise UserError(f"{path}: not YAML: {error.reason}; got character {error.character}") from None


def at(mark: Any) -> str:
    """Line and column of a place in a text; nothing where it is not known."""
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""


def _document(text: str) -> Document:
    loader = _Loader(text)
    root = loader.get_single_node()
    if root is None:
        return Document(content=None, places={}, twice={})
    twice = dict(_twice(root))  # before the constructor puts what `<<` names among a mapping's own keys
    content = loader.construct_document(root)
    return Document(content=content, places=dict(_places(root)), twice=twice)


class _Loader(yaml.SafeLoader):
    """Refuses what would take long to unfold before it is unfolded."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.open = 0
        self.extents: dict[yaml.Node, tuple[int, int]] = {}
        """Of each node that has ended: its values, each alias counted as what it names, and their depth."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        self._check(1, 1, event.start_mark)
        self.open += 1
        node = super().compose_node(parent, index)
        self.open -= 1
        assert node is not None
        if not isinstance(event, yaml.AliasEvent):
            self.extents[node] = self._extent(node)
        elif node not in self.extents:
            message = f"an alias outside of what it names is needed; got *{event.anchor:.40} inside of it"
            raise _TooLargeError(message, event.start_mark)
        self._check(*self.extents[node], event.start_mark)
        return node

    def _extent(self, node: yaml.Node) -> tuple[int, int]:
        inside = [self.extents[each] for each in _inside(node)]
        return 1 + sum(values for values, _ in inside), 1 + max((depth for _, depth in inside), default=0)

    def _check(self, values: int, depth: int, mark: Any) -> None:
        if max(values, len(self.extents)) > MOST_VALUES:
            message = (
                f"at most {MOST_VALUES:,} values are needed, an alias counted as all that it names; got more"
            )
            raise _TooLargeError(message, mark)
        if self.open + depth > MOST_DEPTH:
            raise _TooLargeError(f"at most {MOST_DEPTH} levels are needed; got more", mark)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        kind = node.tag.rpartition(":")[2]
        if node.tag in _NUMBERS and len(node.value) > MOST_DIGITS:
            got = f"got {len(node.value):,}"
            raise _TooLargeError(
                f"a number of at most {MOST_DIGITS} digits is needed; {got}", node.start_mark
            )
        try:
            return super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            message = f"a value that YAML can take for {kind:.20} is needed; got {node.value!r:.60}"
            raise _TooLargeError(f"{message}\n  quotes make it text", node.start_mark) from None


def _inside(node: yaml.Node) -> Iterator[yaml.Node]:
    for each in node.value if isinstance(node, yaml.CollectionNode) else ():
        yield from each if isinstance(each, tuple) else (each,)


def _steps(node: yaml.Node) -> Iterator[tuple[int | str, yaml.Node, yaml.Node]]:
    """Key or number, where it stands, and the value, of each value of a mapping or a list."""
    if isinstance(node, yaml.MappingNode):
        yield from ((_word(key), key, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((i, value, value) for i, value in enumerate(node.value))


def _twice(node: yaml.Node, location: Location = ()) -> Iterator[tuple[Location, int]]:
    first: dict[Hashable, yaml.Node] = {}
    for step, key, value in _steps(node):
        here = (*location, step)
        if step in first:
            yield here, first[step].start_mark.line + 1
        first.setdefault(step, key)
        yield from _twice(value, here)


def _places(node: yaml.Node, location: Location = ()) -> Iterator[tuple[Location, yaml.Mark]]:
    yield location, node.start_mark
    for step, key, value in _steps(node):
        yield from _places(value, (*location, step))
        yield (*location, step), key.start_mark


def _word(key: yaml.Node) -> str:
    return key.value if isinstance(key, yaml.ScalarNode) else "a key that is no word"
