"""Kills commands at random moments, and starts two at once in one folder; counts what that does.

python benchmarks/kills.py [--kills 200] [--kinds ablation,search,training] [--pairs 20] [--seed 0]

The kills are spread evenly over an ablation, a search with rungs and a screen, and a long training. Killed
are the command, its workers, or both, by TERM, INT or KILL, a third of them in the first 50 ms. A command
that ends is compared with one that was left alone, and the next begins in a new folder. Counted are results
that are missing or differ in a bit (lost), results that were written again after they had finished
(repeated), and commands that ended with an error of their own (unstartable).

Of two commands in one folder one should finish, and the other end with 2 and name the first.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Hashable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

RECIPE = """
data: digits
resolution: 8
train: 60
val: 40
epochs: {epochs}
curve_points: 4
batch: 20
learning_rate: 0.01
"""
EPOCHS = {"short": 8, "long": 20}
STUDIES = {
    "ablation": """
question: Does squeeze-excite help?
space: stem(4) | 1x layer @8 for 16px where layer in {mbconv, mbconv(se=0.25), mbconv(expand=2)}
recipe: short
seeds: 2
""",
    "pair": """
question: Does squeeze-excite help?
space: stem(4) | 1x layer @8 for 16px where layer in {mbconv, mbconv(se=0.25)}
recipe: short
seeds: 1
""",
    "search": """
question: Which width?
space: stem(4) | n x mbconv @w for 16px where n in 1..2, w in 8..24:4
recipe: short
seeds: 2
sampler: evolution
trials: 3
rungs: {epochs: [4], keep: 0.5}
screen: {score: synflow, keep: 0.7}
""",
}
WORKERS = {"ablation": "2", "pair": "1", "search": "1"}
"""With one worker a search asks in the same order, and must choose the same networks."""
NETWORK = "stem(4) | 1x mbconv @8 for 16px"
KINDS = ("ablation", "search", "training")
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
ENDED_BY_SIGNAL = {-signal.SIGTERM, -signal.SIGINT, -signal.SIGKILL, 130}
COUNTED = ("kills", "runs", "lost", "repeated", "unstartable", "open trials", "another journal")
PAIRED = ("pairs", "one finished", "the other refused", "by the holder's name", "then complete")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    kinds, total = [kind for kind in given.kinds.split(",") if kind], Counter[str]()
    for i, kind in enumerate(kinds):
        kills = given.kills * (i + 1) // len(kinds) - given.kills * i // len(kinds)
        with tempfile.TemporaryDirectory() as folder:
            counts = campaign(Path(folder), kind, kills, given.seed)
        print(f"{kind}: {said(counts, COUNTED)}", flush=True)
        total += counts
    if kinds:
        print(f"all: {said(total, COUNTED)}", flush=True)
    if not given.pairs:
        return
    with tempfile.TemporaryDirectory() as folder:
        print(f"two at once: {said(pairs(Path(folder), given.pairs, given.seed), PAIRED)}", flush=True)


def said(counts: Mapping[str, int], names: tuple[str, ...]) -> str:
    return ", ".join(f"{counts[name]} {name}" for name in names)


def campaign(folder: Path, kind: str, kills: int, seed: int) -> Counter[str]:
    """Kills a command again and again, and counts what happens."""
    cpu_s, rng, counts = left_alone(folder, kind), random.Random(seed), Counter[str]()
    while counts["kills"] < kills:
        counts["runs"] += 1
        killed, ended = Killed(folder=folder, kind=kind, name=f"killed-{counts['runs']}"), False
        while counts["kills"] < kills and not ended:
            ended = killed.step(rng, cpu_s, counts)
        if not ended:
            killed.finish(counts)
        killed.compare(counts)
        print(f"  {said(counts, COUNTED)}", flush=True)
    return counts


def left_alone(folder: Path, kind: str) -> float:
    """Seconds of processors that a command takes that nobody kills."""
    (folder / "studies" / "recipes").mkdir(parents=True)
    for name, text in STUDIES.items():
        (folder / "studies" / f"{name}.yaml").write_text(text)
    for name, epochs in EPOCHS.items():
        (folder / "studies" / "recipes" / f"{name}.yaml").write_text(RECIPE.format(epochs=epochs))
    began, before = time.monotonic(), os.times()
    assert started(folder, kind, "alone").wait() == 0, log(folder, "alone")
    takes, after = time.monotonic() - began, os.times()
    cpu_s = sum(after[2:4]) - sum(before[2:4])
    print(f"{kind}: left alone it takes {takes:.1f} s, and {cpu_s:.1f} s of processors", flush=True)
    return cpu_s


def wait_for_cpu_s(running: subprocess.Popen[bytes], amount: float) -> None:
    """Waits until a command and its processes have taken so much; a busy machine changes no moment."""
    while running.poll() is None and sum(map(cpu_s_of, [running.pid, *children(running.pid)])) < amount:
        time.sleep(0.02)


def cpu_s_of(pid: int) -> float:
    """Of a process and those of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


@dataclass(kw_only=True)
class Killed:
    """A study or training in a folder of its own, killed until it ends."""

    folder: Path
    kind: str
    name: str
    finished: dict[str, Hashable] = field(default_factory=dict)
    """Results that have finished, each with what changes where it is written again."""

    def step(self, rng: random.Random, cpu_s: float, counts: Counter[str]) -> bool:
        """Starts the command and kills something; whether the command ended well all the same."""
        running = started(self.folder, self.kind, self.name)
        if rng.random() < 1 / 3:
            time.sleep(rng.uniform(0, 0.05))
        else:
            wait_for_cpu_s(running, rng.uniform(0, cpu_s))
        whom = rng.choice(("command", "worker", "both")) if self.kind in STUDIES else "command"
        how = rng.choice(SIGNALS)
        victims = [*(workers(running.pid) if whom != "command" else ())]
        if whom != "worker":
            victims.insert(rng.randrange(len(victims) + 1), running.pid)
        counts["kills"] += bool(victims) and running.poll() is None
        for pid in victims:
            with suppress(ProcessLookupError):
                if pid != running.pid or running.poll() is None:
                    os.kill(pid, how)
        code = running.wait()
        if code and code not in ENDED_BY_SIGNAL:
            counts["unstartable"] += 1
            print(f"  {whom} by {how.name}: ended with {code}\n{log(self.folder, self.name)}", flush=True)
        self.count_repeated(counts)
        return code == 0

    def finish(self, counts: Counter[str]) -> None:
        """Lets the command end."""
        if started(self.folder, self.kind, self.name).wait():
            counts["unstartable"] += 1
            print(f"  left alone, the command failed\n{log(self.folder, self.name)}", flush=True)
        self.count_repeated(counts)

    def compare(self, counts: Counter[str]) -> None:
        """Compares its results with those of the command left alone."""
        alone, killed = (results(self.kind, place(self.folder, self.kind, n)) for n in ("alone", self.name))
        counts["lost"] += sum(killed.get(name) != result for name, result in alone.items())
        counts["lost"] += len(killed.keys() - alone.keys())
        if self.kind in STUDIES:
            counts["open trials"] += open_trials(place(self.folder, self.kind, self.name))
        if self.kind == "search":
            journals = {
                (place(self.folder, self.kind, name) / "trials.jsonl").read_text()
                for name in ("alone", self.name)
            }
            counts["another journal"] += len(journals) > 1

    def count_repeated(self, counts: Counter[str]) -> None:
        now = finished(self.kind, place(self.folder, self.kind, self.name))
        counts["repeated"] += sum(now.get(name) != mark for name, mark in self.finished.items())
        self.finished |= now


def started(folder: Path, kind: str, name: str) -> subprocess.Popen[bytes]:
    """The command, in a folder of its own."""
    words = ["study", kind, "--workers", WORKERS.get(kind, ""), "--results", name]
    if kind == "training":
        words = ["train", NETWORK, "--recipe", "long", "--out", name]
    command = [sys.executable, "-m", "moat_lab", *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}  # equal bits need an equal number of threads
    with (folder / f"{name}.txt").open("wb") as output:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)


def place(folder: Path, kind: str, name: str) -> Path:
    """Where its results are."""
    return folder / name / kind if kind in STUDIES else folder / name


def log(folder: Path, name: str) -> str:
    return "\n".join((folder / f"{name}.txt").read_text(errors="replace").splitlines()[-12:])


def workers(pid: int) -> list[int]:
    """The workers of a command, and the process that they are forked from; none where it has ended."""
    try:
        lines = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children(pid)}
    except OSError:
        return []
    servers = [child for child, line in lines.items() if b"forkserver" in line]
    return servers + [worker for server in servers for worker in children(server)]


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def finished(kind: str, folder: Path) -> dict[str, Hashable]:
    """Finished trainings by inode, for one that is written again has another; of one training its epochs."""
    if kind in STUDIES:
        ended = [name for name, record in records(folder).items() if record["status"] == "ok"]
        return {name: (folder / "evaluations" / name).stat().st_ino for name in ended}
    marks: dict[str, Hashable] = {path.name: path.stat().st_ino for path in folder.glob("weights.*")}
    return marks | {f"epoch {row[0]}": tuple(row) for row in epochs(folder)}


def results(kind: str, folder: Path) -> dict[str, Hashable]:
    """What trainings gave, to the last bit; when they ran and how fast is left out."""
    if kind in STUDIES:
        return {name: json.dumps([of["curve"], of["scores"]]) for name, of in records(folder).items()}
    rows: dict[str, Hashable] = {f"epoch {row[0]}": tuple(row[:-2]) for row in epochs(folder)}
    return rows | {"weights": weights_digest(folder / "weights.safetensors")}


def records(folder: Path) -> dict[str, dict[str, Any]]:
    """File name -> evaluation."""
    return {path.name: json.loads(path.read_text()) for path in (folder / "evaluations").glob("*.json")}


def epochs(folder: Path) -> list[list[str]]:
    """The rows of a training's log; the last two columns are how fast it was and how long it took."""
    try:
        with (folder / "log.csv").open() as file:
            return list(csv.reader(file))[1:]
    except FileNotFoundError:
        return []


def weights_digest(path: Path) -> str:
    """Of the tensors of a safetensors file, without what its header says of the run."""
    content = path.read_bytes()
    return sha256(content[8 + int.from_bytes(content[:8], "little") :]).hexdigest()


def open_trials(folder: Path) -> int:
    """Trials in Optuna's view that have not ended."""
    with closing(sqlite3.connect(folder / "optuna.db")) as storage:
        states = [state for (state,) in storage.execute("select state from trials")]
    return states.count("RUNNING") + states.count("WAITING")


def pairs(folder: Path, count: int, seed: int) -> Counter[str]:
    """Starts a study twice in one folder, the second at a random moment of the first, and counts."""
    cpu_s, rng, counts = left_alone(folder, "pair"), random.Random(seed), Counter[str]()
    for i in range(count):
        name = f"pair-{i}"
        first = started(folder, "pair", name)
        wait_for_cpu_s(first, 0 if rng.random() < 0.25 else rng.uniform(0, cpu_s / 2))
        os.replace(folder / f"{name}.txt", folder / f"{name}-first.txt")
        second = started(folder, "pair", name)
        codes = {first.pid: first.wait(), second.pid: second.wait()}
        holder = re.compile(rf"process ({first.pid}|{second.pid}) on \S+ has had it since")
        refusals = [holder.search(log(folder, of)) for of in (name, f"{name}-first")]
        named = [int(refusal[1]) for refusal in refusals if refusal]
        counts["pairs"] += 1
        counts["one finished"] += sorted(codes.values()).count(0) == 1
        counts["the other refused"] += sorted(codes.values()) == [0, 2]
        counts["by the holder's name"] += len(named) == 1 and codes[named[0]] == 0
        alone, both = (results("pair", folder / of / "pair") for of in ("alone", name))
        counts["then complete"] += alone == both
        print(f"  {said(counts, PAIRED)}", flush=True)
    return counts


if __name__ == "__main__":
    main()
