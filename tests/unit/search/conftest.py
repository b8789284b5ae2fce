from statistics import fmean

import pytest

from moat_lab import cost, parse
from moat_lab.ops import input_spec
from moat_lab.records import Search
from moat_lab.search.agenda import MEASURE
from moat_lab.search.candidates import Candidates
from moat_lab.search.optuna_study import new_study
from moat_lab.search.sampler_agenda import SamplerAgenda
from moat_lab.search.samplers import SAMPLERS

SPACE = (
    "stem(4) | n x order @a | 1x mbconv @b | 1x mbconv @c for 16px "
    "where order in {mbconv, mlp, mbconv(se=0.5)}, n in 1..4, a in 4..32:4, b in 4..32:4, c in 4..32:4"
)
LIMITS = {"macs": 400_000.0}
INPUTS = input_spec(16, in_chans=1, classes=10)
INPUTS = input_spec(16, in_chans=1, classes=10)


def search_by(name, within, **search):
    """A search of these candidates by a named sampler."""
    return Search(
        space=str(within.space),
        reference={"top1": 0.0, "macs": 400_000.0, "latency_ms": 9.0},
        sampler={"name": name} | ({"seed": 1} if SAMPLERS[name].seeded else {}),
        **{"limits": dict(within.limits)} | search,
    )


@pytest.fixture
def candidates():
    """6,144 points, of which a part is within the limits."""
    return Candidates(space=parse(SPACE), limits=LIMITS, inputs=INPUTS)


@pytest.fixture
def agenda_of(candidates):
    """A search by a named sampler; made anew at each call."""

    def made(
        name="ehvi",
        *,
        within=candidates,
        trials=30,
        seeds=(0,),
        epochs=9,
        objectives=("top1", "macs"),
        limits=None,
        **search,
    ):
        wanted = search_by(
            name,
            within,
            objectives=objectives,
            limits=dict(within.limits) | (limits or {}),
            trials=trials,
            **search,
        )
        return SamplerAgenda(
            wanted, within, new_study(wanted, within, epochs=epochs), seeds=seeds, epochs=epochs
        )

    return made


def planted(agenda):
    """A top-1 that rises with the network's size, a little differently for each seed, and with the epoch.

    The planted score rises with the size too, and a latency of 1 ms is 100,000 MACs.
    """

    def answer(request):
        of = cost(agenda.networks[request.key].network, 16, num_classes=10, in_chans=1)
        if request.epochs == MEASURE:
            return {"synflow": float(of.params), "latency_ms": of.macs / 1e5}
        return {"top1": fmean([1 - 1e4 / (1e4 + of.params), 0.01 * request.seed, 0.1 * request.epochs / 9])}

    return answer
