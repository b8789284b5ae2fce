"""Every command and every line of Python in README and docs, run as it stands in a copy of the checkout.

What needs a GPU, a network or minutes is changed as `CHANGED` says, or its options are held against `--help`.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

import moat_lab
from moat_lab.grammar import ZOO
from moat_lab.lookup import STUDY, find_file
from moat_lab.study.study_spec import load_study

CHECKOUT = Path(moat_lab.__file__).parents[1]
README = CHECKOUT / "README.md"
PAGES = (
    README,
    CHECKOUT / "CONTRIBUTING.md",
    *sorted((CHECKOUT / "benchmarks").glob("*.md")),
    *sorted((CHECKOUT / "docs").rglob("*.md")),
    *sorted((CHECKOUT / "results").rglob("README.md")),
)
PROGRAMS = ("python", ".venv/bin/python", "moat-lab", "torchrun", "make", "pip", "cp", "ls")
CHANGED = {
    "make study": ("make -n study", "installs from a registry and trains for five minutes"),
    "make test": ("make -n test", "is what runs this"),
    "make check": ("make -n check", "is run before this"),
    "pip install .": ("test -f pyproject.toml", "test_wheel.py installs the wheel"),
    "python -m moat_lab cost tiny_moat_0 --measure --runtime onnxruntime --threads 2": (
        "python -m moat_lab cost 'stem(4) | 1x mbconv @8' --measure --runtime onnxruntime --threads 2",
        "times 35 passes of two threads, which take minutes where the cores are shared",
    ),
    "python -m moat_lab.study ablate_order --seeds 10": (
        "python -m moat_lab.study ablate_order --seeds 10 --dry-run",
        "trains for minutes",
    ),
    "python -m moat_lab.study calibrate": (
        "python -m moat_lab.study calibrate --dry-run",
        "trains for minutes",
    ),
    "python -m moat_lab.study search_tiny_widths": (
        "python -m moat_lab.study search_tiny_widths --dry-run",
        "trains for minutes",
    ),
    'python -m moat_lab train "stem(16) | ..." --recipe mine --epochs 200 --out winner': (
        'python -m moat_lab train "$(head -n 1 pick.txt)" --recipe mine --epochs 2 --out winner',
        "the text is that of the pick; 200 epochs take minutes",
    ),
    "python -m moat_lab train tiny_moat_0 --recipe digits --epochs 30": (
        "python -m moat_lab train tiny_moat_0 --recipe digits --epochs 1",
        "trains for minutes",
    ),
    "torchrun --nproc_per_node 2 -m moat_lab train tiny_moat_0 --recipe digits --device cuda": (
        "torchrun --nproc_per_node 2 -m moat_lab train 'stem(4) | 1x mbconv @8' --recipe digits --epochs 1",
        "needs two GPUs",
    ),
}
"""Command -> what is run in its place, and why."""
BY_HELP = {
    "moat-lab dashboard": "runs until it is stopped; test_wheel.py asks it",
    "python -m moat_lab import-checkpoint": "needs tensorflow and an official checkpoint",
    "python benchmarks": "takes minutes",
    "python -m moat_lab pick results/search_tiny_widths --confirm": "trains for a minute",
    "python -m moat_lab audit": "trains for half a minute, and other hardware gives other bytes",
    ".venv/bin/python -m pytest": "runs the tests that run this",
}
"""Beginning of a command -> why only its options are held against its help."""
EDITED = {
    "cp studies/search_tiny_widths.yaml studies/mine.yaml": (
        "studies/mine.yaml",
        {"recipe": "mine", "trials": 2, "seeds": 1, "constraints": ["macs <= 20M"], "start": []},
    ),
    "cp studies/recipes/imagenette.yaml studies/recipes/mine.yaml": (
        "studies/recipes/mine.yaml",
        {
            "data": "imagefolder:photos",
            "resolution": 16,
            "epochs": 2,
            "batch": 6,
            "warmup_epochs": 0,
            "curve_points": 1,
        },
    ),
}
"""Command -> the file whose user then writes these values into it."""
STUDY_COMMAND = re.compile(r"python -m moat_lab\.study (\w+)")
BASE = "stem(32, 32) | 2x mbconv(se=0.25) @32 | 3x mbconv(se=0.25) @64"
"""What may stand for the `...` before a stage that a page shows alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str

    @property
    def is_commands(self) -> bool:
        return not self.language and self.text.split()[0] in PROGRAMS


def blocks(page: Path) -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [Block(language=language, text=text) for language, text in found]


def spans(page: Path) -> list[str]:
    """What stands between backticks in a page's sentences, each once."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return list(dict.fromkeys(" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)))


def commands(page: Path) -> Iterator[str]:
    """Of blocks as they follow each other, then of sentences."""
    for block in blocks(page):
        if block.is_commands:
            yield from filter(None, (re.sub(r"\s+# .*", "", line) for line in block.text.splitlines()))
    yield from (span for span in spans(page) if " " in span and span.split()[0] in PROGRAMS)


def by_help(command: str) -> bool:
    return command.startswith(tuple(BY_HELP))


TO_RUN = [
    command
    for command in commands(README)
    if not by_help(command) and not command.startswith("pip install '")
]
"""In the README's order: what one makes the next one needs."""
TO_LOOK_UP = [
    command
    for page in PAGES
    for command in commands(page)
    if by_help(command) or (page != README and not STUDY_COMMAND.match(command))
]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory) -> Path:
    """A copy of the checkout without its code and figures, and photos."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("studies", "results"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("*.png", "*.pdf"))
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(CHECKOUT / name, folder)
    rng = np.random.default_rng(0)
    for part, size in (("train", 8), ("val", 4)):
        for label in ("cat", "dog", "bird"):
            (folder / "photos" / part / label).mkdir(parents=True)
            for i in range(size):
                pixels = rng.integers(0, 256, size=(20, 24, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(folder / "photos" / part / label / f"{i}.png")
    return folder


def run(command: str, folder: Path) -> str:
    """What a shell prints where this checkout's environment is active."""
    around = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(CHECKOUT),
        "MOAT_LAB_CACHE": str(folder / "cache"),
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=os.environ | around,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def edited(file: Path, values: dict[str, object]) -> None:
    known = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump(known | values), encoding="utf-8")


@pytest.mark.parametrize("command", TO_RUN)
def test_a_command_of_the_readme_runs(workplace, command):
    replaced, _ = CHANGED.get(command, (command, ""))
    said = run(replaced, workplace)
    if command in EDITED:
        file, values = EDITED[command]
        edited(workplace / file, values)
    if command.startswith("python -m moat_lab pick runs/mine"):
        (workplace / "pick.txt").write_text(said)


@pytest.mark.parametrize("block", [block.text for block in blocks(README) if block.language == "python"])
def test_the_python_of_the_readme_runs(workplace, block):
    (workplace / "lines.py").write_text(block)
    run("python lines.py", workplace)


def test_the_python_in_the_sentences_of_the_readme_runs(workplace):
    calls = [span for span in spans(README) if span.startswith("moat_lab.") and span.endswith(")")]
    assert 'moat_lab.table("table_tiny")' in calls
    (workplace / "lines.py").write_text("\n".join(["import moat_lab, moat_lab.data", *calls]))
    run("python lines.py", workplace)


def test_the_readmes_line_for_timm_gives_the_trained_weights(workplace):
    (line,) = re.findall(r"timm\.create_model\(\"local-dir:.*?\)", README.read_text(encoding="utf-8"))
    script = f"""
import timm, torch, moat_lab.models
from safetensors.torch import load_file
trained, loaded = load_file("winner_timm/model.safetensors"), {line}.state_dict()
print(set(trained) == set(loaded), all(torch.equal(trained[name], loaded[name]) for name in trained))
"""
    (workplace / "lines.py").write_text(script)
    assert run("python lines.py", workplace).split() == ["True", "True"]


@pytest.mark.parametrize("command", list(dict.fromkeys(TO_LOOK_UP)))
def test_a_command_that_is_not_run_has_the_options_that_a_page_gives_it(command):
    if command in CHANGED:
        pytest.skip(CHANGED[command][1])
    words = command.removeprefix(".venv/bin/").split()
    program = words[: 4 if words[1:3] == ["-m", "moat_lab"] else 3 if words[1] == "-m" else 2]
    options = [word for word in words[len(program) :] if word.startswith("-")]
    known = described(program)
    assert [option for option in options if not re.search(rf"{option}\b", known)] == []


def described(program: list[str]) -> str:
    """A script's text, and of other programs what `--help` says."""
    if program[1].endswith(".py"):
        return (CHECKOUT / program[1]).read_text(encoding="utf-8")
    return run(f"COLUMNS=200 {' '.join(program)} --help", CHECKOUT)


def test_every_study_that_a_page_runs_is_there():
    names = {name for page in PAGES for name in STUDY_COMMAND.findall(page.read_text(encoding="utf-8"))}
    assert {"ablate_order", "calibrate", "scale_width", "search_tiny_widths", "table_tiny"} <= names
    for name in names - {"mine", "NAME"}:
        assert find_file(STUDY, name).stem == name


def test_every_option_of_a_study_that_a_page_runs_is_there():
    known = re.findall(r"--[a-z-]+", described(["python", "-m", "moat_lab.study"]))
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    lines = re.findall(r"python -m moat_lab\.study[^\n#`]*", pages)
    options = {option for line in lines for option in re.findall(r"--[a-z-]+", line)}
    assert {"--address", "--slurm", "--storage"} <= options
    assert options - set(known) == set()


def test_every_extra_that_a_page_installs_is_there():
    extras = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = re.findall(r"pip install '\.\[(\w+)\]'", README.read_text(encoding="utf-8"))
    assert set(named) == {"hf", "onnx", "tensorflow"}
    assert set(named) <= set(extras)


def test_every_network_of_the_language_is_one():
    (block,) = (block.text for block in blocks(README) if block.text.startswith("tiny_moat_0 "))
    texts = [re.sub(r"^.*? (?=\.\.\. |stem)", "", line) for line in block.splitlines()]
    assert str(moat_lab.parse(texts[0])) == ZOO["tiny_moat_0"]
    for text in texts:
        whole = re.sub(r"^\.\.\.", BASE, re.sub(r"\.\.\.$", "2x mbconv+attn @256", text))
        assert "..." not in str(moat_lab.parse(whole))


def test_the_mistake_is_shown_as_the_readme_shows_it():
    (block,) = (block.text for block in blocks(README) if block.text.startswith("column "))
    with pytest.raises(moat_lab.GrammarError) as error:
        moat_lab.parse(block.splitlines()[1].strip())
    assert str(error.value) == block.rstrip("\n")


@pytest.mark.parametrize(("study", "i"), [("ablate_order_digits", 0), ("search_tiny_widths", 1)])
def test_the_lines_of_yaml_stand_in_a_study(tmp_path, study, i):
    lines = [block.text for block in blocks(README) if block.language == "yaml"][i]
    known = yaml.safe_load(find_file(STUDY, study).read_text(encoding="utf-8"))
    first = known.get("start", [""])[0]
    file = tmp_path / f"{study}.yaml"
    file.write_text(yaml.safe_dump(known | yaml.safe_load(lines.replace("stem(8) | ...", first))))
    assert load_study(file).name == study


def test_no_block_of_the_readme_is_passed_over():
    passed = [block.text.split()[0] for block in blocks(README) if not (block.language or block.is_commands)]
    assert passed == ["tiny_moat_0", "column", "digits,"]
    assert {block.language for block in blocks(README)} == {"", "python", "yaml"}


def test_every_change_is_of_a_command_that_a_page_has():
    known = {command for page in PAGES for command in commands(page)}
    assert (set(CHANGED) | set(EDITED)) - known == set()
    assert [start for start in BY_HELP if not any(command.startswith(start) for command in known)] == []
