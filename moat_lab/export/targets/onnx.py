"""ONNX, for onnxruntime and whatever else reads it; any batch, sides fixed or in steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from moat_lab.export.target import Target

if TYPE_CHECKING:
    from onnx import ModelProto
    from torch.export import ExportedProgram

    from moat_lab.export.subject import Subject

OPSETS = range(18, 24)
"""Versions of the operators that torch writes and onnxruntime runs; from 20 on with GELU as one of them."""
INPUT, OUTPUT = "image", "logits"


def write_onnx(of: Subject, path: Path) -> float:
    """One file with its weights inside; preprocessing is in its metadata."""
    import onnx
    import onnxruntime
    import torch

    from moat_lab.export.tracing import largest_difference, program

    written = _in_steps(of) if of.step else _whole(program(of), of.opset)
    onnx.helper.set_model_props(written, of.metadata())
    path.write_bytes(written.SerializeToString())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def outputs(images: torch.Tensor) -> list[torch.Tensor]:
        return [torch.from_numpy(each) for each in session.run(None, {INPUT: images.numpy()})]

    return largest_difference(of, outputs)


def _whole(program: ExportedProgram, opset: int) -> ModelProto:
    """The logits, or maps by number, the largest first."""
    count = len(program.graph_signature.user_outputs)
    names = [OUTPUT] if count == 1 else [f"map_{number}" for number in range(count)]
    return _converted(program, opset, INPUT, names, {0: "batch"})


def _in_steps(of: Subject) -> ModelProto:
    """The cut into steps, and the network behind it.

    Converted apart, for a network of so many steps is converted many times as fast as one of so many pixels.
    """
    from onnx.compose import add_prefix, merge_models

    from moat_lab.export.tracing import cut, joined_program

    axes = {0: "batch", 2: "height", 3: "width"}
    front = _converted(cut(of), of.opset, INPUT, ["steps"], axes)
    network = _converted(joined_program(of), of.opset, "cut", [OUTPUT], {0: "batch", 2: "rows", 4: "columns"})
    front = add_prefix(front, "cut_", rename_inputs=False, rename_outputs=False)
    return merge_models(front, network, io_map=[("steps", "cut")])


def _converted(
    program: ExportedProgram, opset: int, name: str, outputs: list[str], axes: dict[int, str]
) -> ModelProto:
    import torch

    written = torch.onnx.export(
        program,
        dynamo=True,
        dynamic_shapes=(axes,),  # names what is open
        opset_version=opset,
        input_names=[name],
        output_names=outputs,
        verbose=False,
    )
    assert written is not None
    for node in written.model.graph.all_nodes():
        node.metadata_props.clear()  # how it came about: most of a small file
    return written.model_proto


TARGET = Target(
    about="for onnxruntime and others; any batch, one height and width, or --dynamic",
    suffix=".onnx",
    write=write_onnx,
    foldable=True,
    opsets=OPSETS,
    needs=("onnx", "onnxscript", "onnxruntime"),
    extra="onnx",
)
