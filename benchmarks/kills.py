"""Kills studies at random moments, beside one that is left alone, and counts what that does.

python benchmarks/kills.py [--kills 200] [--studies ablation,search] [--seed 0]

Killed are the command, its workers, or both, by TERM, INT or KILL, a quarter of them in the first 50 ms.
A study that ends is compared with the one left alone, and the next begins in a new folder. Counted are
records that are missing or differ (lost), records that were written again after they had finished
(repeated), and commands that ended with an error of their own (unstartable).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

RECIPE = """
data: digits
resolution: 16
train: 100
val: 50
epochs: 16
curve_points: 4
batch: 20
learning_rate: 0.01
"""
STUDIES = {
    "ablation": """
question: Does squeeze-excite help?
space: stem(4) | 1x layer @8 for 16px where layer in {mbconv, mbconv(se=0.25), mbconv(expand=2)}
recipe: tiny
seeds: 3
""",
    "search": """
question: Which width?
space: stem(4) | n x mbconv @w for 16px where n in 1..2, w in 8..24:4
recipe: tiny
seeds: 2
sampler: evolution
trials: 3
rungs: {epochs: [8], keep: 0.5}
screen: {score: synflow, keep: 0.7}
""",
}
WORKERS = {"ablation": "2", "search": "1"}
"""With one worker a search asks in the same order, and must choose the same networks."""
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
ENDED_BY_SIGNAL = {-signal.SIGTERM, -signal.SIGINT, -signal.SIGKILL, 130}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--studies", default=",".join(STUDIES))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for name in given.studies.split(","):
        with tempfile.TemporaryDirectory() as folder:
            print(f"{name}: {campaign(Path(folder), name, given.kills, given.seed)}", flush=True)


def campaign(folder: Path, name: str, kills: int, seed: int) -> str:
    """Kills a study again and again; what happened, in a line."""
    (folder / "studies" / "recipes").mkdir(parents=True)
    (folder / "studies" / f"{name}.yaml").write_text(STUDIES[name])
    (folder / "studies" / "recipes" / "tiny.yaml").write_text(RECIPE)
    began = time.monotonic()
    assert started(folder, name, "alone").wait() == 0
    takes, rng, counts = time.monotonic() - began, random.Random(seed), Counter[str]()
    while counts["kills"] < kills:
        counts["studies"] += 1
        study = Study(folder=folder, name=name, results=f"killed-{counts['studies']}")
        while counts["kills"] < kills and not study.step(rng, takes, counts):
            pass
        study.finish(counts)
    said = ("kills", "studies", "lost", "repeated", "unstartable", "open trials", "another journal")
    return f"a study of {takes:.0f} s; " + ", ".join(f"{counts[x]} {x}" for x in said)


@dataclass(kw_only=True)
class Study:
    """A study in a folder of its own, killed until it ends."""

    folder: Path
    name: str
    results: str
    finished: dict[str, int] = field(default_factory=dict)
    """Records of trainings that have finished, by inode: one that is written again has another."""

    def step(self, rng: random.Random, takes: float, counts: Counter[str]) -> bool:
        """Starts the command and kills something; whether the command ended well all the same."""
        running = started(self.folder, self.name, self.results)
        time.sleep(rng.uniform(0, 0.05) if rng.random() < 0.25 else rng.uniform(0, takes))
        whom, how = rng.choice(("command", "worker", "both")), rng.choice(SIGNALS)
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
            print(f"  {whom} by {how.name}: the command ended with {code}\n{log(self.folder)}", flush=True)
        self.look(counts)
        return code == 0

    def finish(self, counts: Counter[str]) -> None:
        """Lets the study end, and compares it with the one left alone."""
        if started(self.folder, self.name, self.results).wait():
            counts["unstartable"] += 1
            print(f"  left alone, the command failed\n{log(self.folder)}", flush=True)
        self.look(counts)
        folders = [self.folder / of / self.name for of in ("alone", self.results)]
        alone, killed = map(curves, folders)
        counts["lost"] += sum(killed.get(record) != curve for record, curve in alone.items())
        counts["lost"] += len(killed.keys() - alone.keys())
        counts["open trials"] += open_trials(folders[1])
        if self.name == "search":
            first, second = ((of / "trials.jsonl").read_text() for of in folders)
            counts["another journal"] += first != second

    def look(self, counts: Counter[str]) -> None:
        """Counts the finished records that were written again."""
        for path in (self.folder / self.results / self.name / "evaluations").glob("*.json"):
            if json.loads(path.read_text())["status"] == "ok":
                inode = path.stat().st_ino
                counts["repeated"] += self.finished.setdefault(path.name, inode) != inode
                self.finished[path.name] = inode


def started(folder: Path, name: str, results: str) -> subprocess.Popen[bytes]:
    words = ["-m", "moat_lab.study", name, "--workers", WORKERS[name], "--results", results]
    with (folder / "log.txt").open("wb") as output:
        return subprocess.Popen([sys.executable, *words], cwd=folder, stdout=output, stderr=output)


def log(folder: Path) -> str:
    return "\n".join((folder / "log.txt").read_text(errors="replace").splitlines()[-12:])


def workers(pid: int) -> list[int]:
    """The worker processes of a command; none where it has ended."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    except OSError:
        return []
    return [child for child, line in lines.items() if b"spawn_main" in line]


def curves(folder: Path) -> dict[str, list[tuple[float, ...]]]:
    """File name -> what the training saw; when it ran and how fast is left out."""
    records = {path.name: json.loads(path.read_text()) for path in (folder / "evaluations").glob("*.json")}
    return {
        name: [(point["epoch"], point["train_loss"], point["score"]) for point in record["curve"]]
        for name, record in records.items()
    }


def open_trials(folder: Path) -> int:
    """Trials in Optuna's view that have not ended."""
    with closing(sqlite3.connect(folder / "optuna.db")) as storage:
        states = [state for (state,) in storage.execute("select state from trials")]
    return states.count("RUNNING") + states.count("WAITING")


if __name__ == "__main__":
    main()
