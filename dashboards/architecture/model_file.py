"""A network as the file that `moat_lab.export` writes. Loads torch when it is asked to."""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from dashboards.inputs import InputSetting
from moat_lab.export import Target
from moat_lab.export.write import export
from moat_lab.grammar import Network


def file_name(target: Target, stem: str) -> str:
    """What the browser saves; a folder comes as a zip."""
    return f"{stem}{target.suffix or '.zip'}"


def model_file(target: Target, network: Network, setting: InputSetting) -> bytes:
    """The freshly initialised network, for images of the setting's resolution.

    Raises:
        UserError: packages are missing, or what was written gives other outputs.
    """
    from moat_lab.export.subject import subject

    of = subject(
        str(network),
        num_classes=setting.num_classes,
        in_chans=setting.in_chans,
        resolution=setting.resolution,
    )
    with TemporaryDirectory() as folder:
        path = export(of, target, Path(folder) / f"network_{network.key}{target.suffix}").path
        return path.read_bytes() if path.is_file() else _zipped(path)


def _zipped(folder: Path) -> bytes:
    """The folder with its name in it, so that unpacking makes one."""
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{folder.name}/{file.name}")
    return content.getvalue()
