"""One new file is a layer, dataset, task, metric, score, sampler, engine, target, command or study."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = "stem(4) | 2x mix @8 for 16px"
STRIDED = "stem(4) | 2x fused @8(down=block) | 1x fused+mlp @16 for 16px"
ADDED = {
    "moat_lab/blocks/fused.py": '''
"""A strided convolution that widens, and one that shrinks."""

from dataclasses import dataclass
from typing import ClassVar

from moat_lab.blocks.layer import Layer, Setting, pooled_shortcut
from moat_lab.ops import BatchNorm, Chain, Conv, Gelu, Op, Residual


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused(Layer):
    keyword: ClassVar[str] = "fused"
    strides: ClassVar[bool] = True

    def lower(self, setting: Setting) -> Op:
        branch = Chain(
            conv=Conv(width=2 * setting.width, kernel=3, stride=setting.stride, dilation=setting.dilation),
            norm=BatchNorm(),
            act=Gelu(),
            shrink=Conv(width=setting.width, bias=True),
        )
        return Residual(branch=branch, shortcut=pooled_shortcut(setting))


LAYER = Fused
''',
    "moat_lab/heads/last_map.py": '''
"""A class for each pixel of the last map, in nearest neighbours."""

from dataclasses import dataclass
from typing import ClassVar

from moat_lab.heads.counter import counted
from moat_lab.ops import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class LastMap(Head):
    task: ClassVar[str] = "segmentation"

    def build(self, channels, classes):
        from torch import nn

        class Pixels(nn.Module):
            def __init__(self):
                super().__init__()
                self.classifier = nn.Conv2d(channels[max(channels)], classes, 1)

            def forward(self, maps, images):
                return nn.functional.interpolate(self.classifier(maps[-1]), images.shape[-2:])

        return Pixels()

    def count(self, maps, classes, image):
        return counted(self, tuple(maps.items()), classes, image)


HEAD = LastMap
''',
    "moat_lab/train/scores/first_weight.py": '''
"""The largest weight."""


def first_weight(model, images, labels, task):
    return max(float(weight.abs().max()) for weight in model.parameters())


SCORE = first_weight
''',
    "moat_lab/search/samplers/alternating.py": '''
"""The first and the last level of each factor in turn."""

from optuna.distributions import CategoricalDistribution
from optuna.samplers import BaseSampler, RandomSampler

from moat_lab.search.sampler import Sampler


class AlternatingSampler(BaseSampler):
    def __init__(self, last_first: bool = False) -> None:
        self.last_first = last_first

    def infer_relative_search_space(self, study, trial):
        return {}

    def sample_relative(self, study, trial, search_space):
        return {}

    def sample_independent(self, study, trial, param_name, distribution):
        ordered = not isinstance(distribution, CategoricalDistribution)
        levels = (distribution.low, distribution.high) if ordered else distribution.choices
        return levels[-1 if (trial.number + self.last_first) % 2 else 0]


SAMPLER = Sampler(
    path=f"{__name__}:AlternatingSampler",
    method="first and last levels",
    several_objectives=False,
    seeded=False,
)
''',
    "moat_lab/engines/inline.py": '''
"""Jobs run in the study's own process, one at a time."""

from moat_lab.engines.engine import MeasurementEnded, Slot, TrainingEnded
from moat_lab.engines.execution import execute
from moat_lab.records import Measurement


class InlineEngine:
    def __init__(self, results, options):
        self.results, self.device, self.jobs = results, options.device, []

    def __enter__(self):
        (self.results.path / "inline.txt").touch()
        return self

    def __exit__(self, *raised):
        pass

    @property
    def free(self):
        return 1 - len(self.jobs)

    @property
    def busy(self):
        return bool(self.jobs)

    def slots(self):
        return [Slot(node="node 1", device=self.device, job=next(iter(self.jobs), None))]

    def start(self, job):
        self.jobs.append(job)

    def wait(self):
        job = self.jobs.pop()
        for record in execute(job, self.results, self.device, lambda seed, epoch: None):
            if isinstance(record, Measurement):
                yield MeasurementEnded(job=job.each[record.seed], measurement=record)
            else:
                yield TrainingEnded(job=job.each[record.seed], evaluation=record)


ENGINE = InlineEngine
''',
    "moat_lab/export/targets/names.py": '''
"""The names of the weights."""

from moat_lab.export.target import Target


def write(of, path):
    path.write_text("\\n".join(of.model.state_dict()))
    return 0.0


TARGET = Target(about="names alone", suffix=".txt", write=write)
''',
    "moat_lab/commands/greet.py": '''
"""Says hello."""

import typer


def command() -> None:
    """Say hello."""
    typer.echo("hello")
''',
    "studies/recipes/stripes.yaml": """
data: stripes
resolution: 16
train: 80
val: 80
epochs: 1
batch: 20
learning_rate: 0.01
""",
    "studies/inlined.yaml": """
question: Which width?
space: stem(4) | 1x mbconv @w for 16px where w in {8, 12}
recipe: stripes
seeds: 2
engine: inline
""",
    "studies/alternated.yaml": """
question: Which width?
space: stem(4) | 1x mbconv @w for 16px where w in {8, 12, 16}
recipe: stripes
seeds: 1
sampler: {name: alternating, last_first: true}
trials: 2
objectives: [top1]
scores: false
""",
    "studies/added.yaml": """
question: How deep?
space: stem(4) | n x f @8 for 16px where n in 1..3, f in {mix, mbconv}
recipe: stripes
seeds: 1
sampler: random
trials: 3
objectives: [top1, depth]
constraints: [depth <= 2]
reference: {top1: 0, depth: 4}
scores: true
""",
}
SHOWN = re.findall(
    r"^```\w+ title=\"([^\"\n]+)\"\n(.*?)^```$",
    (ROOT / "docs" / "extending.md").read_text(encoding="utf-8"),
    re.DOTALL | re.MULTILINE,
)
"""Files of the docs: a layer, a metric, a dataset, a task and a study of it."""
ADDED |= dict(SHOWN)
ANSWER = """
import io, json, os, sys
from contextlib import redirect_stderr, redirect_stdout
from moat_lab.__main__ import app
from moat_lab.command_line import run_app

for line in sys.stdin:
    words, variables = json.loads(line)
    sys.argv, code = ["moat-lab", *words], 0
    os.environ.update(variables)
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            run_app(app)
        except SystemExit as end:
            code = end.code
    print(json.dumps([code or 0, out.getvalue(), err.getvalue()]), flush=True)
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy of the checkout with the new files."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("moat_lab", "dashboards", "studies"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, content in ADDED.items():
        (folder / name).write_text(content.lstrip())
    return folder


def variables(checkout: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(checkout), "MOAT_LAB_CACHE": str(checkout / "cache")}


def run(checkout: Path, *words: str, module: str = "moat_lab", returns: int = 0) -> str:
    """What a command says that has a process of its own and ends with this code."""
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, cwd=checkout, env=variables(checkout), capture_output=True, text=True)
    assert done.returncode == returns, done.stdout + done.stderr
    return done.stderr if returns else done.stdout


@pytest.fixture(scope="module")
def ask(checkout) -> Iterator[Callable[..., str]]:
    """What a command says that ends with this code: all have one process, which loads torch once."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", ANSWER], cwd=checkout, env=variables(checkout), **pipes)

    def said(*words: str, returns: int = 0, **environment: str) -> str:
        process.stdin.write(json.dumps([words, environment]) + "\n")
        process.stdin.flush()
        code, out, err = json.loads(process.stdout.readline())
        assert code == returns, out + err
        return err if returns else out

    yield said
    process.stdin.close()
    process.wait(timeout=60)
    process.stdout.close()


def test_a_layer_and_a_metric_are_in_the_cost_of_a_network(checkout):
    shown = run(checkout, "cost", TEXT)
    assert "depth: 2 blocks" in shown
    assert TEXT.removesuffix(" for 16px") in shown


def test_a_head_is_counted_with_its_network(ask):
    shown = ask("cost", "stem(4) | 1x mbconv @8 for 16px", "--head", "last_map", "--classes", "3")
    assert "head last_map" in shown
    assert "3x16x16" in shown
    assert " 27 " in shown  # 8 x 3 weights and 3 biases


def test_a_strided_layer_downsamples_costs_what_its_module_does_and_goes_with_its_file(checkout, ask):
    shown = ask("cost", STRIDED, "--measure")
    assert "stem(4) | 2x fused @8 | 1x fused+mlp @16 for 16px" in shown
    assert "8x4x4" in shown
    assert "16x2x2" in shown
    assert "activations, equal" in shown
    assert "latency: " in shown
    assert "a block that starts with fused or mbconv" in ask(
        "cost", "stem(4) | mlp @8(down=block)", returns=2
    )
    shutil.copytree(ROOT / "tests" / "golden", checkout / "golden", ignore=shutil.ignore_patterns("__*__*"))
    run(checkout, "-q", "-p", "no:cacheprovider", "golden/test_grammar_errors.py", module="pytest")
    (checkout / "moat_lab" / "blocks" / "fused.py").unlink()
    assert "no layer is named 'fused'" in run(checkout, "cost", STRIDED, returns=2)


def test_a_command_is_a_command(checkout):
    assert run(checkout, "greet") == "hello\n"
    assert "greet" in run(checkout, "--help")


def test_an_export_target_writes_a_network(checkout, ask):
    ask("export", TEXT, "--to", "names", "--out", "names.txt")
    assert "stages.0.block_1.mix.branch.conv.weight" in (checkout / "names.txt").read_text().splitlines()


def test_a_sampler_chooses_the_networks_of_a_search(checkout, ask):
    assert "first and last levels" in ask("samplers", COLUMNS="200")
    ask("study", "alternated", "--workers", "1")
    plan = json.loads((checkout / "runs" / "alternated" / "plan.json").read_text())
    assert plan["search"]["sampler"] == {"name": "alternating", "last_first": True}
    assert [variant["factors"] for variant in plan["variants"]] == [{"w": "16"}, {"w": "8"}]


def test_a_sampler_for_one_objective_is_refused_where_there_are_two(checkout, ask):
    study = checkout / "studies" / "two.yaml"
    study.write_text(ADDED["studies/alternated.yaml"].replace("[top1]", "[top1, macs]"))
    said = ask("study", "two", "--dry-run", returns=2)
    assert "sampler: alternating takes one objective; got top1, macs" in said
    assert "samplers for several: brute_force, ehvi, evolution" in said


def test_a_sampler_whose_file_is_gone_is_unknown(checkout):
    file = checkout / "moat_lab" / "search" / "samplers" / "alternating.py"
    content = file.read_text()
    file.unlink()
    assert "there is none named 'alternating'" in run(checkout, "study", "alternated", "--dry-run", returns=2)
    file.write_text(content)


@pytest.mark.parametrize(("study", "words"), [("inlined", ()), ("alternated", ("--engine", "inline"))])
def test_a_study_runs_on_an_engine(checkout, ask, study, words):
    results = f"on-{study}"
    ask("study", study, "--results", results, *words)
    folder = checkout / results / study
    records = [json.loads(path.read_text()) for path in (folder / "evaluations").glob("*.json")]
    assert [record["status"] for record in records] == ["ok"] * {"inlined": 4, "alternated": 2}[study]
    assert (folder / "inline.txt").exists()


def test_an_engine_that_is_not_there_is_refused(ask):
    said = ask("study", "alternated", "--engine", "online", returns=2)
    assert "engine: there is none named 'online'\n  did you mean 'inline'?" in said
    assert said.endswith("engines: inline, local, ray, slurm\n")


def test_a_study_searches_new_layers_on_new_data_by_a_new_recipe_metric_and_score(checkout, ask):
    ask("study", "added", "--workers", "1")
    folder = checkout / "runs" / "added"
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["recipe"]["data"] == "stripes"
    depths = [variant["costs"]["depth"] for variant in plan["variants"]]
    assert len(depths) == 3
    assert max(depths) <= 2
    assert any("mix" in variant["network"] for variant in plan["variants"])
    measured = [json.loads(path.read_text()) for path in (folder / "measurements").glob("*.json")]
    assert all(one["values"]["first_weight"] > 0 for one in measured)
    assert "depth" in (folder / "summary.csv").read_text().splitlines()[0].split(",")


def test_a_study_compares_networks_by_the_score_of_a_new_task(checkout, ask):
    shown = ask("study", "ablate_direction", "--workers", "1")
    folder = checkout / "runs" / "ablate_direction"
    assert "accuracy %" in shown
    columns = (folder / "summary.csv").read_text().splitlines()[0].split(",")
    assert [name for name in columns if "accuracy" in name] == ["accuracy", "accuracy_low", "accuracy_high"]
    records = [json.loads(path.read_text()) for path in (folder / "evaluations").glob("*.json")]
    assert len(records) == 4
    assert all(record["scores"].keys() == {"accuracy"} for record in records)
    assert all(record["recipe"]["task"] == "direction" for record in records)
    report = (folder / "report.md").read_text()
    assert "| accuracy, % [95 %] |" in report
    assert "top-1" not in report.lower()
