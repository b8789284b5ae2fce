"""`python -m tests.fuzz --inputs 1000000`: mutated texts, YAMLs, records, weights and images by the million.

An input is its target and its number as long as its corpus (the studies, recipes and results of this
checkout) is the same.
"""

import argparse
import os
import sys
from pathlib import Path

from tests.fuzz.campaign import run
from tests.fuzz.law import ROUND, TARGETS, ending_of, mutant

FAULTS = Path("runs/fuzz")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=TARGETS, help="one target in place of all")
    parser.add_argument(
        "--replay", metavar="TARGET:N", help="ask this input alone, and show what comes of it"
    )
    asked = parser.parse_args()
    if asked.replay:
        return replay(asked.replay)
    findings = run(asked.inputs, FAULTS, cores=asked.cores, turns=(asked.only,) if asked.only else ROUND)
    print(findings.text())
    return 130 if findings.interrupted else int(findings.failed > 0)


def replay(which: str) -> int:
    name, _, number = which.partition(":")
    content = mutant(name, int(number))
    FAULTS.mkdir(parents=True, exist_ok=True)
    (FAULTS / which).write_bytes(content)
    print(f"{FAULTS / which}, {len(content):,} bytes:\n{content[:2_000]!r}")
    found = ending_of(TARGETS[name], content)
    print(f"{found.trace}\n{found.kind} in {found.took_s:.2f} s")
    return int(found.kind == "fault")


if __name__ == "__main__":
    sys.exit(main())
