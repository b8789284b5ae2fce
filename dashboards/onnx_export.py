"""A network as an ONNX file, where the packages for it are installed. Loads torch when it is asked to."""

from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from dashboards.setting import Setting
from moat_lab.grammar import Network

PACKAGES = ("onnx", "onnxscript")


def missing_packages() -> list[str]:
    """What has to be installed before a file can be written."""
    return [name for name in PACKAGES if find_spec(name) is None]


def onnx_bytes(network: Network, setting: Setting) -> bytes:
    """The freshly initialised network for one image of the setting's resolution."""
    import torch

    from moat_lab.models import build

    height, width = setting.resolution or (network.resolution, network.resolution)
    model = build(network, setting.num_classes, setting.in_chans).eval()
    image = torch.zeros(1, setting.in_chans, height, width)
    program = torch.onnx.export(model, (image,), dynamo=True, input_names=["image"], output_names=["logits"])
    assert program is not None
    with TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        program.save(file)
        return file.read_bytes()
