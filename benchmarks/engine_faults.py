"""Breaks a Ray cluster of two nodes on this machine while a study runs, and counts the damage.

python benchmarks/engine_faults.py [--faults 50] [--frozen 60] [--seed 0] [--minutes 60]

At random moments an actor is killed, the raylet of the second node (it joins again late), or the command, by
kill -9; or the second node's raylet and actors are frozen for a while by SIGSTOP. A killed command
is started again. A job that is lost twice in a row becomes a failure, as on every engine; the command is
then given again with --retry-failed, without faults. A study that ends is compared with one on the local
engine, and the next begins. Counted are failures (failed), records that are missing or differ (lost), that
were written again after they finished (repeated), commands that ended with an error (unstartable), and
processes that are left when all is over (zombies).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

STUDY = """
question: Does squeeze-excite help?
space: stem(4) | 1x layer @8 for 16px where layer in {mbconv, mbconv(se=0.25), mbconv(expand=2)}
recipe: tiny
seeds: 4
"""
RECIPE = """
data: digits
resolution: 16
train: 100
val: 50
epochs: 24
curve_points: 4
batch: 20
learning_rate: 0.01
"""
MARK = "MOAT_LAB_FAULTS"
"""Set in the environment of all that starts here, to find what is left of it."""
KINDS = ("actor", "actor", "node", "command", "frozen")
COUNTED = ("failed", "lost", "repeated", "unstartable", "zombies")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--frozen", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60.0, help="no more faults after so many")
    given = parser.parse_args()
    os.environ[MARK] = uuid4().hex
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    with tempfile.TemporaryDirectory() as name:
        faults = Faults(
            folder=Path(name),
            rng=random.Random(given.seed),
            frozen_s=given.frozen,
            end_s=time.monotonic() + 60 * given.minutes,
        )
        try:
            faults.run(given.faults)
        finally:
            faults.cluster.shutdown()  # type: ignore[no-untyped-call]
            counts = faults.counts
            counts["zombies"] += len(survivors())
            kinds = ", ".join(f"{counts[kind]} {kind}" for kind in dict.fromkeys(KINDS))
            said = ", ".join(f"{counts[x]} {x}" for x in COUNTED)
            kinds = f"{counts['faults']} faults ({kinds}), {counts['studies']} studies"
            print(f"seed {given.seed}: {kinds}: {said}", flush=True)


@dataclass(kw_only=True)
class Faults:
    folder: Path
    rng: random.Random
    frozen_s: float
    end_s: float
    counts: Counter[str] = field(default_factory=Counter)
    finished: dict[Path, int] = field(default_factory=dict)
    """Records of trainings that have finished, by inode: one that is written again has another."""

    def __post_init__(self) -> None:
        from ray.cluster_utils import Cluster

        (self.folder / "studies" / "recipes").mkdir(parents=True)
        (self.folder / "studies" / "se.yaml").write_text(STUDY)
        (self.folder / "studies" / "recipes" / "tiny.yaml").write_text(RECIPE)
        assert self.started("alone", "--workers", str(os.cpu_count())).wait() == 0
        self.alone = curves(self.folder / "alone" / "se")
        self.cluster = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 1, "include_dashboard": False, "object_store_memory": 2 * 10**8},
        )
        self.second = self.joined()

    def joined(self) -> Any:
        """A second node of the cluster."""
        return self.cluster.add_node(num_cpus=1, object_store_memory=2 * 10**8)

    def started(self, results: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "moat_lab.study", "se", "--results", results, *words]
        with (self.folder / f"{results}.txt").open("ab") as output:
            return subprocess.Popen(command, cwd=self.folder, stdout=output, stderr=output)

    def run(self, faults: int) -> None:
        while self.more(faults):
            self.counts["studies"] += 1
            self.study(f"broken-{self.counts['studies']}", faults)
        time.sleep(10)
        self.counts["zombies"] += len(actors())  # the cluster stays, and of studies nothing does

    def more(self, faults: int) -> bool:
        return self.counts["faults"] < faults and time.monotonic() < self.end_s

    def study(self, results: str, faults: int) -> None:
        """One study, broken until it ends."""
        running, records = self.on_cluster(results), self.folder / results / "se" / "evaluations"
        while True:
            self.look(records)
            with suppress(subprocess.TimeoutExpired):
                code = running.wait(self.rng.uniform(0.5, 8))
                if code == 0 and (failed := failures(records)):
                    self.counts["failed"] += failed
                    code = self.on_cluster(results).wait()
                if code == 0:
                    break
                if code != -signal.SIGKILL:
                    self.counts["unstartable"] += 1
                    print(f"the command ended with {code}\n{log(self.folder / f'{results}.txt')}", flush=True)
                running = self.on_cluster(results)
            if self.more(faults):
                self.fault(running)
        self.look(records)
        broken = curves(records.parent)
        for name, curve in self.alone.items():
            if broken.get(name) != curve:
                self.counts["lost"] += 1
                print(f"lost {name}: {(records / name).read_text()[:3000] if name in broken else 'none'}")
        self.counts["lost"] += len(broken.keys() - self.alone.keys())

    def on_cluster(self, results: str) -> subprocess.Popen[bytes]:
        return self.started(results, "--engine", "ray", "--address", self.cluster.address, "--retry-failed")

    def fault(self, running: subprocess.Popen[bytes]) -> None:
        kind = self.rng.choice(KINDS)
        if kind == "actor":
            if not (victims := actors()):
                return
            os.kill(self.rng.choice(victims), signal.SIGKILL)
        elif kind == "command":
            running.kill()
        elif kind == "node":
            self.cluster.remove_node(self.second, allow_graceful=False)
            time.sleep(self.rng.uniform(0, 5))
            self.second = self.joined()
        else:
            self.freeze()
        self.counts["faults"] += 1
        self.counts[kind] += 1
        print(f"{self.counts['faults']}: {kind}", flush=True)

    def freeze(self) -> None:
        """Stops the second node's raylet and actors for a while; a raylet that was given up ends itself."""
        raylet = self.second.all_processes["raylet"][0].process.pid
        frozen = [raylet, *(pid for pid in actors() if parent(pid) == raylet)]
        signal_all(frozen, signal.SIGSTOP)
        time.sleep(self.frozen_s)
        signal_all(frozen, signal.SIGCONT)
        time.sleep(2)
        if (
            not Path(f"/proc/{raylet}").exists()
            or self.second.all_processes["raylet"][0].process.poll() is not None
        ):
            with suppress(Exception):
                self.cluster.remove_node(self.second, allow_graceful=False)
            self.second = self.joined()

    def look(self, records: Path) -> None:
        """Counts the finished records that were written again."""
        for path in records.glob("*.json"):
            if json.loads(path.read_text())["status"] == "ok":
                inode = path.stat().st_ino
                self.counts["repeated"] += self.finished.setdefault(path, inode) != inode
                self.finished[path] = inode


def failures(records: Path) -> int:
    return sum(json.loads(path.read_text())["status"] != "ok" for path in records.glob("*.json"))


def actors() -> list[int]:
    """Processes of slots."""
    return [pid for pid in survivors() if b"SlotActor" in command_line(pid)]


def survivors() -> list[int]:
    """Processes that began here, but this one and those that it waits for."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{MARK}={os.environ[MARK]}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return [pid for pid in found if pid != os.getpid()]


def command_line(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def parent(pid: int) -> int:
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def log(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-12:])


def curves(folder: Path) -> dict[str, list[tuple[float, ...]]]:
    """File name -> what the training gave; when it ran and how fast is left out."""
    records = {path.name: json.loads(path.read_text()) for path in (folder / "evaluations").glob("*.json")}
    return {
        name: [(point["epoch"], point["train_loss"], point["score"]) for point in record["curve"]]
        for name, record in records.items()
    }


if __name__ == "__main__":
    main()
