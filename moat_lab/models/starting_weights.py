"""Where a training may start from: a file, a folder, `timm:NAME` or the prefix of an official checkpoint.

Of weights that a space shares a network takes its part.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from moat_lab.errors import UserError
from moat_lab.grammar import Network

if TYPE_CHECKING:
    from torch import Tensor

TIMM = "timm:"
DIGITS = 12
"""Of the SHA-256 that stands behind `@`."""


def with_digest(source: str) -> str:
    """`PATH@0123456789ab`: the source with the digest of its files, as a recipe's key needs it.

    A name of timm's is left as it is. Loads no torch.

    Raises:
        UserError: there are no such files, or others than the digest in the text says.
    """
    if source.startswith(TIMM):
        return source
    place, told = _parts(source)
    found = _digest(_files(place))
    if told and told != found:
        raise UserError(
            f"weights: the files that were named are needed; {place} has changed since: {found}, not {told}\n"
            f"  leave out '@{told}' to start from what is there"
        )
    return f"{place}@{found}"


def read_starting_weights(source: str, network: Network) -> Mapping[str, Tensor]:
    """The state dict, by our names.

    Args:
        network: that the weights are for; of an official checkpoint all but windows and tables has to fit.

    Raises:
        UserError: as `with_digest`; or what is there holds no weights, not even timm knows them.
    """
    if source.startswith(TIMM):
        return _of_timm(source.removeprefix(TIMM))
    place, _ = _parts(with_digest(source))
    if _index(Path(place)).is_file():
        return _official(Path(place), network)

    from moat_lab.models.shared import holds_shared, read_shared
    from moat_lab.models.weights import read_weights

    file = _files(place)[0]
    return read_shared(file, network) if holds_shared(file) else read_weights(file).state


def _parts(source: str) -> tuple[str, str]:
    """The place, and the digest where there is one."""
    place, at, digest = source.rpartition("@")
    is_digest = at and len(digest) == DIGITS and set(digest) <= set("0123456789abcdef")
    return (place, digest) if is_digest else (source, "")


def _files(place: str) -> list[Path]:
    path = Path(place).expanduser()
    if path.is_dir():
        path = path / "weights.safetensors"
    if path.is_file():
        return [path]
    if _index(path).is_file():
        return [_index(path), *sorted(path.parent.glob(f"{path.name}.data-*"))]
    raise UserError(
        "weights: a file, a training's folder, timm:NAME or the prefix of a checkpoint is needed; "
        f"got {place}"
    )


def _index(prefix: Path) -> Path:
    return prefix.with_name(f"{prefix.name}.index")


def _digest(files: list[Path]) -> str:
    digest = sha256()
    for file in files:
        with file.open("rb") as opened:
            while chunk := opened.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()[:DIGITS]


def _of_timm(name: str) -> Mapping[str, Tensor]:
    import timm

    import moat_lab.models.registry  # noqa: F401  (puts our networks into timm's registry)
    from moat_lab.models.model import Model

    try:
        model = timm.create_model(name, pretrained=True)
    except Exception as error:
        raise UserError(f"weights: timm has none for '{name}': {error}".splitlines()[0]) from None
    if not isinstance(model, Model):
        raise UserError(
            f"weights: a MOAT of timm's registry is needed; got '{name}', a {type(model).__name__}"
        )
    return model.state_dict()


def _official(prefix: Path, network: Network) -> Mapping[str, Tensor]:
    from moat_lab.models.tensorflow import from_tensorflow
    from moat_lab.models.tensorflow_checkpoint import read_checkpoint

    _, variables = read_checkpoint(prefix)
    return from_tensorflow(variables, network, any_tables=True)
