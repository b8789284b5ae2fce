"""ONNX, for onnxruntime and whatever else reads it; any batch, fixed height and width."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from moat_lab.export.target import Target

if TYPE_CHECKING:
    from moat_lab.export.subject import Subject

OPSET = 20
"""The version of the operators: the first with GELU."""
INPUT, OUTPUT = "image", "logits"


def write(of: Subject, path: Path) -> float:
    """One file with its weights inside; preprocessing is in its metadata."""
    import onnxruntime
    import torch

    from moat_lab.export.tracing import largest_difference, program

    written = torch.onnx.export(
        program(of),
        dynamo=True,
        dynamic_shapes=({0: "batch"},),  # names the axis
        opset_version=OPSET,
        input_names=[INPUT],
        output_names=[OUTPUT],
        verbose=False,
    )
    assert written is not None
    written.model.metadata_props.update(of.metadata())
    for node in written.model.graph.all_nodes():
        node.metadata_props.clear()  # how it came about: most of a small file
    written.save(path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def outputs(images: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(session.run([OUTPUT], {INPUT: images.numpy()})[0])

    return largest_difference(of, outputs)


TARGET = Target(
    about="for onnxruntime and others; any batch, one height and width",
    suffix=".onnx",
    write=write,
    foldable=True,
    needs=("onnx", "onnxscript", "onnxruntime"),
    extra="onnx",
)
