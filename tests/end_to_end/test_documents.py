"""Every command and every line of Python in README and docs, run as it stands in a copy of the checkout.

The first call of each `moat-lab` command has a process of its own; the others run where torch is loaded.
What needs a GPU, a network or minutes is changed as `CHANGED` says, or its options are held against `--help`.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import chdir
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

import moat_lab
from moat_lab.__main__ import app
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
DOCS = CHECKOUT / "docs"
RUN = (README, *(DOCS / f"{name}.md" for name in ("tutorial", "ablation", "search", "train-and-export")))
"""Pages whose commands are run, one after the other: what one makes the next one needs."""
PROGRAMS = ("python", ".venv/bin/python", "moat-lab", "torchrun", "make", "pip", "uv", "cp", "ls")
CHANGED = {
    "make study": ("make -n study", "installs from a registry and trains for five minutes"),
    "make test": ("make -n test", "is what runs this"),
    "make check": ("make -n check", "is run before this"),
    "make docs": ("make -n docs", "is run before this"),
    "pip install .": ("test -f pyproject.toml", "test_wheel.py installs the wheel"),
    "uv tool install .": ("test -f pyproject.toml", "test_wheel.py installs the wheel"),
    "moat-lab cost tiny_moat_0 --measure --runtime onnxruntime --threads 2": (
        "moat-lab cost 'stem(4) | 1x mbconv @8' --measure --runtime onnxruntime --threads 2",
        "times 35 passes of two threads, which take minutes where the cores are shared",
    ),
    "moat-lab cost tiny_moat_0 --measure": (
        "moat-lab cost 'stem(4) | 1x mbconv @8' --measure",
        "times 35 passes",
    ),
    'moat-lab train "stem(16) | ..." --recipe mine --epochs 200 --out winner': (
        'moat-lab train "$(head -n 1 pick.txt)" --recipe mine --epochs 2 --out winner',
        "the text is that of the pick; 200 epochs take minutes",
    ),
    "moat-lab train tiny_moat_0 --recipe digits --epochs 30": (
        "moat-lab train tiny_moat_0 --recipe digits --epochs 1",
        "trains for minutes",
    ),
    "torchrun --nproc_per_node 2 -m moat_lab train tiny_moat_0 --recipe digits --device cuda": (
        "torchrun --nproc_per_node 2 -m moat_lab train 'stem(4) | 1x mbconv @8' --recipe digits --epochs 1",
        "needs two GPUs",
    ),
}
"""Command -> what is run in its place, and why."""
PLANNED = (
    "moat-lab study ablate_order",
    "moat-lab study ablate_order --seeds 10",
    "moat-lab study ablate_order --target-half-width 0.5pt --budget 1h",
    "moat-lab study calibrate",
    "moat-lab study my_order",
    "moat-lab study search_tiny_widths",
)
"""Studies that train for minutes: they are run with `--dry-run`."""
CHANGED |= {command: (f"{command} --dry-run", "trains for minutes") for command in PLANNED}
BY_HELP = {
    "moat-lab dashboard": "runs until it is stopped; test_wheel.py asks it",
    "moat-lab import-checkpoint": "needs tensorflow and an official checkpoint",
    "python benchmarks": "takes minutes",
    "moat-lab pick results/search_tiny_widths --confirm": "trains for a minute",
    "moat-lab audit": "trains for half a minute, and other hardware gives other bytes",
    ".venv/bin/python -m pytest": "runs the tests that run this",
}
"""Beginning of a command -> why only its options are held against its help."""
SHRUNK = {
    "studies/mine.yaml": {"trials": 2, "seeds": 1},
    "studies/recipes/mine.yaml": {
        "resolution": 16,
        "epochs": 2,
        "batch": 6,
        "warmup_epochs": 0,
        "curve_points": 1,
    },
}
"""File that a page tells to edit -> what makes its trainings short."""
ROUNDED = ("moat-lab export",)
"""Beginnings of commands whose numbers differ from one processor to another."""
STUDY_COMMAND = re.compile(r"(?:python -m moat_lab\.study|moat-lab study) (\w+)")
BASE = "stem(32, 32) | 2x mbconv(se=0.25) @32 | 3x mbconv(se=0.25) @64"
"""What may stand for the `...` before a stage that a page shows alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of a page; `title` is the file that it shows."""

    language: str
    title: str
    text: str

    @property
    def is_commands(self) -> bool:
        return not self.language and self.text.split()[0] in PROGRAMS

    @property
    def is_file(self) -> bool:
        return self.title.endswith(".yaml")

    @property
    def commands(self) -> list[str]:
        """Without their comments; those of a console stand behind a `$`, and a `\\` continues a line."""
        lines = re.sub(r" *\\\n *", " ", self.text).splitlines()
        if self.language == "console":
            lines = [line[2:] for line in lines if line.startswith("$ ")]
        elif not self.is_commands:
            return []
        return [command for line in lines if (command := re.sub(r"\s+# .*", "", line))]

    @property
    def outputs(self) -> dict[str, list[str]]:
        """Command of a console -> the lines of its output that the page shows."""
        if self.language != "console":
            return {}
        shown: dict[str, list[str]] = {}
        lines: list[str] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                lines = shown[re.sub(r"\s+# .*", "", line[2:])] = []
            elif line != "...":
                lines.append(line.strip())
        return shown


def blocks(page: Path) -> list[Block]:
    found = re.findall(
        r"^```(\w*)(?: title=\"([^\"\n]*)\")?\n(.*?)^```$",
        page.read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    return [Block(language=language, title=title, text=text) for language, title, text in found]


def spans(page: Path) -> list[str]:
    """What stands between backticks in a page's sentences, each once."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return list(dict.fromkeys(" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)))


def commands(page: Path) -> Iterator[str]:
    """Of blocks as they follow each other, then of sentences."""
    for block in blocks(page):
        yield from block.commands
    yield from (span for span in spans(page) if " " in span and span.split()[0] in PROGRAMS)


def by_help(command: str) -> bool:
    return command.startswith(tuple(BY_HELP))


def steps(page: Path) -> Iterator[str | Block]:
    """What a reader does: types commands, and writes or edits files."""
    for block in blocks(page):
        yield from [block] if block.is_file else block.commands
    yield from list(commands(page))


SHOWN = {command: lines for block in blocks(README) for command, lines in block.outputs.items() if lines}
"""Command of the README -> lines of its output."""
TO_RUN = [
    step
    for step in dict.fromkeys(step for page in RUN for step in steps(page))
    if isinstance(step, Block) or not (by_help(step) or step in SHOWN or step.startswith("pip install '"))
]
TO_LOOK_UP = [
    command
    for page in PAGES
    for command in commands(page)
    if by_help(command) or (page not in RUN and not STUDY_COMMAND.match(command))
]


def first_of_each(commands: Iterable[str]) -> list[str]:
    """The first call of each command."""
    firsts: dict[tuple[str, ...], str] = {}
    for command in commands:
        firsts.setdefault(tuple(command.split()[:2]), command)
    return list(firsts.values())


APART = first_of_each([*SHOWN, *(step for step in TO_RUN if isinstance(step, str))])
"""Commands that are run in a process of their own, as a reader does."""


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
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=os.environ | around(folder),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def run_here(command: str, folder: Path) -> str:
    """What a `moat-lab` command prints that runs in this process."""
    _, *words = shlex.split(command)
    with chdir(folder):
        done = CliRunner().invoke(app, words, env=around(folder))
    assert done.exit_code == 0, f"{command}\n{done.output}{done.exception!r}"
    return done.stdout


def around(folder: Path) -> dict[str, str]:
    """The variables of a shell in this folder."""
    return {
        "COLUMNS": "100",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(CHECKOUT),
        "MOAT_LAB_CACHE": str(folder / "cache"),
    }


def edited(file: Path, text: str, values: dict[str, object]) -> None:
    """Writes a page's lines into a YAML file, which may be there."""
    known = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.write_text(yaml.safe_dump(known | yaml.safe_load(text) | values), encoding="utf-8")


def step_name(step: str | Block) -> str:
    return step if isinstance(step, str) else step.title


@pytest.mark.parametrize("step", TO_RUN, ids=step_name)
def test_what_a_page_tells_to_do_can_be_done(workplace, step):
    if isinstance(step, Block):
        edited(workplace / step.title, step.text, SHRUNK.get(step.title, {}))
        return
    replaced, _ = CHANGED.get(step, (step, ""))
    here = step.startswith("moat-lab ") and step not in APART
    said = (run_here if here else run)(replaced, workplace)
    if step.startswith("moat-lab pick runs/mine"):
        (workplace / "pick.txt").write_text(said)


@pytest.mark.parametrize("command", SHOWN)
def test_the_output_of_a_command_is_as_the_readme_shows_it(workplace, command):
    """Lines as they follow each other; the end of one may be left out."""
    said, shown = run(command, workplace), "\n".join(SHOWN[command])
    if command.startswith(ROUNDED):
        said, shown = (re.sub(r"\d[\d.,e-]*", "0", text) for text in (said, shown))
    lines = iter(line.strip() for line in said.splitlines())
    wanted = [re.compile(re.escape(line).replace(r"\ \.\.\.", " .*")) for line in shown.splitlines()]
    assert [want.pattern for want in wanted if not any(want.fullmatch(line) for line in lines)] == []


PYTHON = [
    pytest.param(block.text, id=f"{page.name}-{i}")
    for page in (README, *sorted(DOCS.glob("*.md")))
    for i, block in enumerate(blocks(page))
    if block.language == "python" and not block.title
]


@pytest.mark.parametrize("text", PYTHON)
def test_the_python_of_a_page_runs(workplace, text):
    (workplace / "lines.py").write_text(text)
    run("python lines.py", workplace)


def test_the_python_in_sentences_runs(workplace):
    calls = [span for page in PAGES for span in spans(page) if re.match(r"moat_lab\.data\..*\)$", span)]
    assert calls == ['moat_lab.data.dataset("imagefolder:photos").skipped(224)']
    (workplace / "lines.py").write_text("\n".join(["import moat_lab.data", *calls]))
    run("python lines.py", workplace)


def test_the_line_for_timm_gives_the_trained_weights(workplace):
    page = (DOCS / "train-and-export.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"timm\.create_model\(\"local-dir:.*?\)", page)
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
    known = described(*program)
    assert [option for option in options if not re.search(rf"{option}\b", known)] == []


@cache
def described(*program: str) -> str:
    """A script's text, and of other programs what `--help` says."""
    if program[1].endswith(".py"):
        return (CHECKOUT / program[1]).read_text(encoding="utf-8")
    return run(f"COLUMNS=200 {' '.join(program)} --help", CHECKOUT)


def test_every_study_that_a_page_runs_is_there():
    names = {name for page in PAGES for name in STUDY_COMMAND.findall(page.read_text(encoding="utf-8"))}
    assert {"ablate_order", "calibrate", "scale_width", "search_tiny_widths", "table_tiny"} <= names
    for name in names - {"mine", "my_order", "NAME"}:
        assert find_file(STUDY, name).stem == name


def test_every_option_of_a_study_that_a_page_runs_is_there():
    known = re.findall(r"--[a-z-]+", described("python", "-m", "moat_lab.study"))
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    lines = re.findall(r"(?:python -m moat_lab\.study|moat-lab study)[^\n#`]*", pages)
    options = {option for line in lines for option in re.findall(r"--[a-z-]+", line)}
    assert {"--address", "--slurm", "--storage"} <= options
    assert options - set(known) == set()


def test_every_extra_that_a_page_installs_is_there():
    extras = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = re.findall(r"pip install '\.\[(\w+)\]'", pages)
    assert set(named) == {"hf", "onnx", "tensorflow"}
    assert set(named) <= set(extras)


@pytest.mark.parametrize("page", [README, DOCS / "language.md"], ids=["README", "language"])
def test_every_network_of_the_language_is_one(page):
    (block,) = (block.text for block in blocks(page) if block.text.startswith("tiny_moat_0 "))
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


ADDED_TO = {
    block.title.removeprefix("added to "): block.text
    for page in RUN
    for block in blocks(page)
    if block.title.startswith("added to ")
}


def test_pages_show_lines_of_an_ablation_and_of_a_search():
    assert set(ADDED_TO) == {"ablate_order_digits", "search_tiny_widths"}


@pytest.mark.parametrize("study", ADDED_TO)
def test_the_lines_of_yaml_fit_into_a_study(tmp_path, study):
    known = yaml.safe_load(find_file(STUDY, study).read_text(encoding="utf-8"))
    lines = ADDED_TO[study].replace("stem(8) | ...", known.get("start", [""])[0])
    file = tmp_path / f"{study}.yaml"
    file.write_text(yaml.safe_dump(known | yaml.safe_load(lines)))
    assert load_study(file).name == study


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_no_block_is_passed_over(page):
    untested = [
        block.text.split()[0]
        for block in blocks(page)
        if not (block.commands or block.title or block.language in ("python", "text"))
    ]
    assert untested == (["tiny_moat_0", "column"] if page == README else [])


def test_the_readme_is_short():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 130


def test_every_change_is_of_a_command_that_a_page_has():
    known = {command for page in PAGES for command in commands(page)}
    assert set(CHANGED) - known == set()
    assert [start for start in BY_HELP if not any(command.startswith(start) for command in known)] == []
