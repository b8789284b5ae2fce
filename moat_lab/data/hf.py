"""Images in the form of Hugging Face's library datasets: `hf:NAME` of the hub, or `hf:FOLDER` on disk.

A folder is one that `save_to_disk` wrote, or one that `load_dataset` understands. The first column of images
and the first of class labels are taken. Parts are found by name: train, val and test; see `split_names`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from moat_lab.data.file_dataset import dataset_of_files
from moat_lab.data.labelled_images import Dataset, Labels
from moat_lab.data.split_names import parts_among
from moat_lab.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Images of one or two tables, still encoded."""

    tables: tuple[Any, ...]
    image: str
    labels: Labels
    classes: tuple[str, ...]

    def name(self, position: int) -> str:
        path = self._cell(position).get("path")
        return f"row {position}" + (f" ({path})" if path else "")

    def read(self, position: int) -> bytes:
        cell = self._cell(position)
        if cell.get("bytes") is not None:
            return bytes(cell["bytes"])
        return Path(str(cell.get("path"))).read_bytes()

    def fingerprint(self) -> str:
        states = [f"{table._fingerprint} {len(table)} {self.image}" for table in self.tables]
        return sha256(" ".join(states).encode() + self.labels.tobytes()).hexdigest()

    def listing(self) -> str:
        """By the labels in their order alone: the library's own fingerprints change with its versions."""
        return sha256(f"{self.classes}".encode() + self.labels.tobytes()).hexdigest()

    def _cell(self, position: int) -> Mapping[str, Any]:
        for table in self.tables:
            if position < len(table):
                return table[position][self.image] or {}
            position -= len(table)
        raise IndexError(position)


def hub_dataset(argument: str) -> Dataset:
    """The images of that name.

    Raises:
        UserError: the library, the data, or a column of images and one of class labels is not there.
    """
    if not argument:
        raise UserError("data hf: the name of data on Hugging Face's hub, or a folder, is needed: hf:NAME")
    return _loaded(argument, _state(argument))


@lru_cache(maxsize=4)
def _loaded(argument: str, state: int) -> Dataset:
    tables = _parts(argument)
    parts = {part: tables[name] for part, name in parts_among(tables).items()}
    train = parts.get("train")
    if train is None:
        raise UserError(f"data hf:{argument}: a part called train is needed; got {', '.join(tables)}")
    image, label = _columns(train, argument)
    val = parts.get("val")
    names = tuple(train.features[label].names)

    def rows(*tables: Any) -> Rows:
        if not all(_labelled(table, label) for table in tables):
            raise UserError(f"data hf:{argument}: a label for each image is needed; some have none")
        labels = np.concatenate([np.asarray(table[label], dtype=np.int64) for table in tables])
        return Rows(tables=tuple(map(_encoded, tables)), image=image, labels=labels, classes=names)

    def _encoded(table: Any) -> Any:
        from datasets import Image

        return table.select_columns([image]).cast_column(image, Image(decode=False))

    both = rows(train) if val is None else rows(train, val)
    return dataset_of_files(
        both,
        source=f"images in hf:{argument}",
        from_val=None if val is None else np.arange(len(both.labels)) >= len(train),
        test=rows(parts["test"]) if _labelled(parts.get("test"), label) else None,
    )


def _parts(argument: str) -> Mapping[str, Any]:
    try:
        from datasets import DatasetDict, load_dataset, load_from_disk
    except ImportError:
        raise UserError(
            "data hf: the library datasets is needed; it is not installed\n  pip install 'moat-lab[hf]'"
        ) from None
    folder = Path(argument).expanduser()
    saved = any((folder / name).is_file() for name in ("dataset_dict.json", "state.json"))
    # The library raises what its many ways of loading raise: of the network, of files, of the name.
    try:
        tables = load_from_disk(str(folder)) if saved else load_dataset(argument)
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0]
        raise UserError(
            f"data hf:{argument}: cannot be loaded: {type(error).__name__}: {reason}\n"
            "  hf:NAME is a name on the hub, or a folder that save_to_disk wrote"
        ) from None
    return dict(tables) if isinstance(tables, DatasetDict) else {"train": tables}


def _columns(table: Any, argument: str) -> tuple[str, str]:
    from datasets import ClassLabel, Image

    images = [name for name, of in table.features.items() if isinstance(of, Image)]
    labels = [name for name, of in table.features.items() if isinstance(of, ClassLabel)]
    if not images or not labels:
        raise UserError(
            f"data hf:{argument}: a column of images and one of class labels are needed; got "
            f"{', '.join(f'{name} ({type(of).__name__})' for name, of in table.features.items())}"
        )
    return images[0], labels[0]


def _labelled(table: Any, label: str) -> bool:
    """Whether every image has a label; those of many a test part are kept back, and -1."""
    return table is not None and label in table.features and min(table[label], default=0) >= 0


def _state(argument: str) -> int:
    """When a folder was last written to, 0 for a name of the hub."""
    try:
        return os.stat(Path(argument).expanduser()).st_mtime_ns
    except OSError:
        return 0


DATASET_OF = hub_dataset
