"""Files of weights, up to a model: other headers, other tensors, other bytes."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import load, save

from moat_lab.grammar import to_network
from moat_lab.models import build
from moat_lab.models.weights import About, read_weights
from tests.fuzz.mutation import BYTES, TEXT, mutated
from tests.fuzz.target import FuzzTarget
from tests.fuzz.tree import changed

NETWORKS = (
    "stem(4) | 1x mbconv(se=0.25)+attn(head=4) @4 for 8px",
    "stem(4) | 2x attn(head=4, window=2)+mlp @8 for 8px",
    "stem(4) | 1x mbconv @4 for 8px",
    *("moat_4", "stem(8)", "stem(65536) | 1000x mbconv @65536", "stem(w) | 1x mlp @8 where w in {4, 8}"),
    "stem(4) | 1x attn(head=4) @4 for 16384px",
)
"""The first three are small enough to be written; all may stand in a header."""
DTYPES = (torch.int8, torch.float16, torch.bfloat16, torch.float64, torch.bool, torch.complex64)
SHAPES: tuple[Callable[[torch.Tensor], torch.Tensor], ...] = (
    *(lambda tensor: torch.tensor(1.0), lambda tensor: torch.zeros(0), lambda tensor: tensor.flatten()),
    *(lambda tensor: tensor.flatten()[:0], lambda tensor: tensor[None], lambda tensor: tensor[..., None]),
    *(lambda tensor: torch.stack([tensor] * 2), lambda tensor: tensor.flatten()[:-1]),
    *(lambda tensor: tensor * torch.nan, lambda tensor: tensor * torch.inf, lambda tensor: tensor * 0),
)
"""What becomes of a tensor, in shape or content."""


def _written(state: dict[str, torch.Tensor], said: dict[str, str]) -> bytes:
    """A file whose header stands in one order; safetensors draws that of the metadata."""
    header, tensors = _parted(save(state, said))
    return _joined(json.dumps(json.loads(header), sort_keys=True).encode(), tensors)


def _parted(content: bytes) -> tuple[bytes, bytes]:
    end = 8 + int.from_bytes(content[:8], "little")
    return content[8:end], content[end:]


def _joined(header: bytes, tensors: bytes) -> bytes:
    return len(header).to_bytes(8, "little") + header + tensors


def _file(text: str, classes: int) -> bytes:
    torch.manual_seed(0)
    network = to_network(text)
    about = About(
        resolution=8, mean=(0.5,), deviation=(0.25,), classes=tuple("abc"[:classes]), scores={"top1": 0.5}
    )
    said = {"format": "pt", "network": text, "key": network.key, "about": json.dumps(asdict(about))}
    return _written(build(network, classes, 1).state_dict(), said)


CORPUS = tuple(_file(text, classes) for text, classes in zip(NETWORKS[:3], (2, 3, 0), strict=True))


def mutant(rng: random.Random) -> bytes:
    content = rng.choice(CORPUS)
    header, tensors = _parted(content)
    match rng.randrange(8):
        case 0:
            return mutated(rng, content, CORPUS, BYTES)
        case 1:
            return _joined(mutated(rng, header, [header], TEXT), tensors)
        case 2 | 3:
            tree, donor = json.loads(header), json.loads(_parted(rng.choice(CORPUS))[0])
            return _joined(json.dumps(changed(rng, tree, donor)).encode(), tensors)
        case 4 | 5:
            return _other_tensors(rng, content, json.loads(header)["__metadata__"])
    said = json.loads(header)["__metadata__"]
    if rng.random() < 0.3:
        said["network"] = rng.choice(NETWORKS)
    about = json.loads(said["about"])
    return _written(load(content), said | {"about": json.dumps(changed(rng, about, about))})


def ask(content: bytes, folder: Path) -> bool:
    file = folder / "w.safetensors"
    file.write_bytes(content)
    read_weights(file).model()
    return True


def _other_tensors(rng: random.Random, content: bytes, said: dict[str, str]) -> bytes:
    state = load(content)
    for name in rng.choices(
        [*sorted(state), "stem.conv_0.weight", "head.classifier.bias"], k=rng.choice((1, 1, 3))
    ):
        if name in state:
            _change(rng, state, name)
    return _written({name: tensor.contiguous() for name, tensor in state.items()}, said)


def _change(rng: random.Random, state: dict[str, torch.Tensor], name: str) -> None:
    """Another size, shape, type or content; another name; or nothing of it."""
    tensor = state.pop(name)
    match rng.randrange(4):
        case 0 | 1:
            state[name] = rng.choice(SHAPES)(tensor).clone()
        case 2:
            state[name] = tensor.to(rng.choice(DTYPES))
        case 3 if rng.random() < 0.5:
            state[rng.choice((f"{name}.x", name.removeprefix("stem."), ""))] = tensor


TARGET = FuzzTarget(mutant=mutant, ask=ask, share=3)
