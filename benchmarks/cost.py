"""Networks a second on one core: closed form, sampled from a space, beside fvcore on the same networks.

python benchmarks/cost.py
"""

import random
import time

import torch

from moat_lab import Network, Space, build, cost, parse
from moat_lab.device import processor
from moat_lab.measure.fvcore_counter import fvcore_counts

SPACE = """
stem(w, w) | a x mbconv(se=s) @w | b x mbconv(se=s) @2w | c x order @4w | 2x order @8w
where w in 32..96:32, s in {0, 0.25}, order in {mbconv+attn, attn+mbconv, attn+mlp},
      a in 1..4, b in 1..6, c in 1..12
"""
CLOSED, COUNTED, ROUNDS = 20_000, 3, 3


def main() -> None:
    torch.set_num_threads(1)
    space = parse(SPACE)
    assert isinstance(space, Space)
    print(f"{processor()}, one core; a space of {len(space)} networks at 224 px")
    for number in range(ROUNDS):
        networks = [space.sample(random.Random(i)) for i in range(COUNTED)]
        closed, counted = closed_rate(space, seed=number), fvcore_rate(networks)
        print(f"round {number + 1}: closed form {closed:,.0f}/s (sampling included), fvcore {counted:.2f}/s")


def closed_rate(space: Space, *, seed: int) -> float:
    """Networks a second, drawn and counted."""
    rng, start = random.Random(seed), time.perf_counter()
    for _ in range(CLOSED):
        cost(space.sample(rng))
    return CLOSED / (time.perf_counter() - start)


def fvcore_rate(networks: list[Network]) -> float:
    """Networks a second, built and traced; the counts are checked against the closed form."""
    start = time.perf_counter()
    counts = [fvcore_counts(build(network), (224, 224)) for network in networks]
    rate = len(networks) / (time.perf_counter() - start)
    assert counts == [(cost(n).macs, cost(n).activations) for n in networks]
    return rate


if __name__ == "__main__":
    main()
