"""A network as written, where a bound name may stand for a block, a width, a depth or a value.

This is what the parser reads and the printer writes. Without names left it becomes a Network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, replace
from typing import Any, ClassVar, Protocol, TypeGuard, TypeVar, cast

from moat_lab.blocks import LAYERS, Layer
from moat_lab.blocks.options import Value, kinds, value_text


@dataclass(frozen=True, slots=True)
class Name:
    """A bound name; `2w` is scale 2."""

    name: str
    scale: int = 1

    def __str__(self) -> str:
        return f"{self.scale}{self.name}" if self.scale != 1 else self.name


Slot = Value | Name
Options = tuple[tuple[str, Slot], ...]


@dataclass(frozen=True, slots=True)
class LayerText:
    keyword: str
    options: Options = ()

    def __str__(self) -> str:
        return f"{self.keyword}{_options_text(self.options)}"


Block = tuple[LayerText | Name, ...]
Level = Value | Block
Levels = Mapping[str, Level]


@dataclass(frozen=True, slots=True)
class GroupText:
    depth: Slot
    block: Block

    def __str__(self) -> str:
        space = " " if isinstance(self.depth, Name) else ""
        return f"{_slot_text(self.depth)}{space}x {_block_text(self.block)}"


@dataclass(frozen=True, slots=True)
class StageText:
    groups: tuple[GroupText, ...]
    width: Slot
    options: Options = ()

    def __str__(self) -> str:
        groups = ", ".join(map(str, self.groups))
        return f"{groups} @{_slot_text(self.width)}{_options_text(self.options)}"

    def names(self) -> Iterator[str]:
        """Every bound name in the stage, as often as it stands there."""
        yield from _names(self.width, *(slot for _, slot in self.options))
        for group in self.groups:
            yield from _names(group.depth, *group.block)
            for layer in group.block:
                if isinstance(layer, LayerText):
                    yield from _names(*(slot for _, slot in layer.options))

    def bound(self, owner: type, levels: Levels) -> StageText:
        """The stage with the given names replaced; `owner` has the stage's options as fields."""
        groups = tuple(
            GroupText(_filled(group.depth, levels), _filled_block(group.block, levels))
            for group in self.groups
        )
        options = _filled_options(owner, self.options, levels)
        return canonical_stage(owner, groups, _filled(self.width, levels), options)


@dataclass(frozen=True, slots=True)
class StemText:
    widths: tuple[Slot, ...]
    options: Options = ()

    def __str__(self) -> str:
        options = _options_text(self.options).strip("()")
        return f"stem({', '.join([*map(_slot_text, self.widths), *([options] if options else [])])})"

    def names(self) -> Iterator[str]:
        yield from _names(*self.widths, *(slot for _, slot in self.options))

    def bound(self, owner: type, levels: Levels) -> StemText:
        """The stem with the given names replaced; `owner` has the stem's options as fields."""
        widths = tuple(_filled(width, levels) for width in self.widths)
        return StemText(widths, _filled_options(owner, self.options, levels))


@dataclass(frozen=True, slots=True)
class NetworkText:
    stem: StemText
    stages: tuple[StageText, ...]
    resolution: int

    def __str__(self) -> str:
        return joined_text(map(str, [self.stem, *self.stages]), self.resolution)


DEFAULT_RESOLUTION = 224
BLOCK = "block"
"""Of a stage's `down`: the first layer of its first block strides."""


def joined_text(parts: Iterable[str], resolution: int) -> str:
    """A network's text, from those of its stem and stages."""
    suffix = "" if resolution == DEFAULT_RESOLUTION else f" for {resolution}px"
    return " | ".join(parts) + suffix


class Grouped(Protocol):
    """A dataclass of equal blocks, in a text or in a network."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def depth(self) -> object: ...
    @property
    def block(self) -> object: ...


AnyGroup = TypeVar("AnyGroup", bound=Grouped)


def level_text(level: Level) -> str:
    """A level as it stands in `where`."""
    return _block_text(level) if is_block(level) else value_text(cast(Value, level))


def is_block(level: Level) -> TypeGuard[Block]:
    """Whether a level can only be a block; a lone word such as `mbconv` is whatever it is used as."""
    return isinstance(level, tuple) and not isinstance(level[0], int)


def block_of(level: Level) -> Block:
    """The block that a level stands for where a block is needed; empty where it stands for none."""
    if is_block(level):
        return level
    return (LayerText(level),) if isinstance(level, str) and level in LAYERS else ()


def level_names(level: Level) -> Iterator[str]:
    """The bound names that stand in a level, as values of its layers' options."""
    for layer in block_of(level):
        if isinstance(layer, LayerText):
            yield from _names(*(slot for _, slot in layer.options))


def filled_level(level: Level, levels: Levels) -> Level:
    """The level with the given names replaced."""
    return _filled_block(level, levels) if is_block(level) else level


def canonical_options(owner: type, options: Options) -> Options:
    """In the owner's order, values in their kind's form, without those that equal their defaults."""
    given, fields = dict(options), owner.__dataclass_fields__  # type: ignore[attr-defined]
    read = {
        name: slot if isinstance(slot, Name) else kind.read(slot)
        for name, kind in kinds(owner).items()
        if (slot := given.get(name)) is not None
    }
    return tuple(
        (name, slot) for name, slot in read.items() if slot is not None and slot != fields[name].default
    )


def canonical_stage(owner: type, groups: tuple[GroupText, ...], width: Slot, options: Options) -> StageText:
    """Equal neighbours merged, options as `canonical_options` and without the default downsampling."""
    groups, options = merged(groups), canonical_options(owner, options)
    first = groups[0].block[0]
    if isinstance(first, LayerText):
        options = tuple(o for o in options if o != ("down", default_down(LAYERS[first.keyword])))
    return StageText(groups, width, options)


def default_down(first: type[Layer]) -> str:
    """How a stage downsamples where its text does not say: by its first layer where that can."""
    return BLOCK if first.strides else "pool"


def merged(groups: tuple[AnyGroup, ...]) -> tuple[AnyGroup, ...]:
    """Neighbouring groups of the same block as one, where both depths are known."""
    result: list[AnyGroup] = []
    for group in groups:
        last = result[-1] if result else None
        if (
            last
            and last.block == group.block
            and isinstance(last.depth, int)
            and isinstance(group.depth, int)
        ):
            result[-1] = replace(group, depth=last.depth + group.depth)
        else:
            result.append(group)
    return tuple(result)


def _names(*slots: Slot | LayerText) -> Iterator[str]:
    return (slot.name for slot in slots if isinstance(slot, Name))


def _filled(slot: Slot, levels: Levels) -> Slot:
    if not isinstance(slot, Name) or slot.name not in levels:
        return slot
    level = levels[slot.name]
    return level if slot.scale == 1 else level * slot.scale  # type: ignore[return-value]


def _filled_options(owner: type, options: Options, levels: Levels) -> Options:
    return canonical_options(owner, tuple((name, _filled(slot, levels)) for name, slot in options))


def _filled_block(block: Block, levels: Levels) -> Block:
    layers: list[LayerText | Name] = []
    for layer in block:
        if isinstance(layer, LayerText):
            options = _filled_options(LAYERS[layer.keyword], layer.options, levels)
            layers.append(LayerText(layer.keyword, options))
        elif layer.name in levels:
            layers.extend(_filled_block(block_of(levels[layer.name]), levels))
        else:
            layers.append(layer)
    return tuple(layers)


def _slot_text(slot: Slot) -> str:
    return str(slot) if isinstance(slot, Name) else value_text(slot)


def _block_text(block: Block) -> str:
    return "+".join(map(str, block))


def _options_text(options: Options) -> str:
    return f"({', '.join(f'{name}={_slot_text(slot)}' for name, slot in options)})" if options else ""
