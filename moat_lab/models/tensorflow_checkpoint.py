"""Reads the variables of an official TensorFlow checkpoint."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from moat_lab.errors import UserError
from moat_lab.models.tensorflow import AVERAGE, sources, unused


def import_report(names: list[str], read: Mapping[str, np.ndarray], state: Mapping[str, torch.Tensor]) -> str:
    """What was read of a checkpoint's variables, and by name what was not."""
    averaged = sum(AVERAGE in name for name in read)
    left, head = unused(names), state.get("head.classifier.bias")
    return "\n".join(
        [
            f"{len(read)} variables used, {averaged} of them as their moving averages",
            "no classifier in the checkpoint" if head is None else f"classifier of {len(head)} classes",
            f"not used: {len(left)}",
            *(f"  {name}" for name in left),
        ]
    )


def read_checkpoint(prefix: Path) -> tuple[list[str], dict[str, np.ndarray]]:
    """The names of all variables of a TensorFlow checkpoint, and the arrays of those that hold weights.

    Raises:
        UserError: TensorFlow is not installed, cannot read the files, or there is no official network.
    """
    if not prefix.with_name(f"{prefix.name}.index").is_file():
        raise UserError(
            f"a checkpoint is files PREFIX.index and PREFIX.data-00000-of-...; got no '{prefix}.index'"
        )
    tf = _tensorflow()
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        names = sorted(reader.get_variable_to_shape_map())
        return names, {name: np.asarray(reader.get_tensor(name)) for name in sources(names).values()}
    # IndexError is how TensorFlow says that a file ends too early.
    except (tf.errors.OpError, ValueError, IndexError) as error:
        raise UserError(f"TensorFlow cannot read the checkpoint '{prefix}': {error}") from None


def _tensorflow() -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import tensorflow
    except ModuleNotFoundError as error:
        if error.name != "tensorflow":
            raise
        raise UserError(
            "reading a TensorFlow checkpoint needs TensorFlow, which is not installed\n"
            "  pip install 'moat-lab[tensorflow]'"
        ) from None
    return tensorflow
