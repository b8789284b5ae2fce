"""Files of studies, up to the plan that a dry run shows."""

import random
from pathlib import Path

from moat_lab.study.plan import make_plan, schedule_plans
from moat_lab.study.study_spec import load_study
from tests.fuzz import yaml_file
from tests.fuzz.target import ROOT, FuzzTarget

STUDIES = ROOT / "studies"
SEARCH = b"""question: Which network is best?
space: stem(w) | n x f @2w for 32px where w in {8, 16}, n in 1..3, f in {mbconv, attn(head=8)+mlp}
recipe: digits
seeds: 2
sampler: {name: tpe, n_ei_candidates: 48, seed: 1}
trials: 6
objectives: [top1, macs, latency_ms]
constraints: [macs <= 3M, params <= 250k, latency_ms <= 5]
reference: {top1: 0.7, macs: 3M}
rungs: {epochs: [3, 9], keep: 0.33}
screen: {score: synflow, keep: 0.5}
scores: true
start: ["stem(8) | 1x mbconv @16 for 32px"]
"""
PRUNED = b"""question: Which network is best?
space: stem(8) | 1x mbconv(se=s) @w for 32px where s in {0, 0.25}, w in 8..64:8
recipe: digits_brief
sampler: evolution
trials: 5
objectives: [top1]
constraints: ["activations <= 1e6"]
pruner: {name: hyperband, min_resource: 1}
"""
CELLS = b"""question: Does it help everywhere?
space: stem(8) | n x f @w for 32px where w in {16, 24}, n in 1..2, f in {mbconv, mbconv(se=0.25)}
recipe: digits_brief
baseline: {w: 16, n: 1, f: mbconv}
cells: [w, n]
looks: [3, 5, 10]
tune: {learning_rate: [0.001, 0.002], seeds: 2}
match: [none, macs]
margin: 0.5pt
claims: {mbconv(se=0.25): {claim: better, effect: 0.3pt}}
"""
LEARNED = b"""question: Does it learn?
space: stem(8) | 1x f @16 for 32px where f in {mbconv, mbconv(se=0.25)}
recipe: relations
outcome: {success: 0.75}
margin: 50pt
"""
CORPUS = (
    *(path.read_bytes() for path in sorted(STUDIES.glob("*.yaml")) if path.stem != "search_tiny_widths"),
    *(SEARCH, PRUNED, SEARCH, PRUNED, CELLS, LEARNED),
)


def mutant(rng: random.Random) -> bytes:
    return yaml_file.mutant(rng, CORPUS)


def ask(content: bytes, folder: Path) -> bool:
    (folder / "recipes").symlink_to(STUDIES / "recipes")
    file = folder / "question.yaml"
    file.write_bytes(content)
    question = load_study(file)
    make_plan(question, seeds=question.seeds, command="")
    schedule_plans(question, seeds=question.seeds, command="")
    return True


TARGET = FuzzTarget(mutant=mutant, ask=ask, share=2)
