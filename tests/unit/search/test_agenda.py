import pytest

from moat_lab.records import Variant
from moat_lab.search.agenda import FixedAgenda, Request

A, B = "a" * 12, "b" * 12


@pytest.fixture
def variants():
    return [
        Variant(key=key, network=key, factors={}, costs={"params": 1, "macs": 1, "activations": 1})
        for key in (A, B)
    ]


def of_each(variants, *seeds):
    return {variant.key: seeds for variant in variants}


def asked(agenda):
    return list(iter(agenda.ask, None))


def test_all_networks_get_a_seed_before_any_gets_the_next(variants):
    agenda = FixedAgenda(variants, seeds=of_each(variants, 0, 1), epochs=9, find=lambda request: None)
    assert asked(agenda) == [Request(A, 0, 9), Request(B, 0, 9), Request(A, 1, 9), Request(B, 1, 9)]
    assert agenda.ask() is None


def test_what_is_on_disk_is_done_and_not_asked_for(variants):
    on_disk = {Request(A, 0, 9): {"top1": 0.5}, Request(B, 1, 9): {}}
    agenda = FixedAgenda(variants, seeds=of_each(variants, 0, 1), epochs=9, find=on_disk.get)
    assert agenda.done == 2
    assert asked(agenda) == [Request(B, 0, 9), Request(A, 1, 9)]
    agenda.tell(Request(B, 0, 9), {})
    assert agenda.done == 3


def test_together_a_network_with_all_its_missing_seeds_is_one_request(variants):
    find = {Request(B, 0, 9): {"top1": 0.5}}.get
    agenda = FixedAgenda(variants, seeds=of_each(variants, 0, 1, 2), epochs=9, find=find, together=True)
    assert asked(agenda) == [Request(A, 0, 9, others=(1, 2)), Request(B, 1, 9, others=(2,))]


def test_each_network_is_trained_with_seeds_of_its_own(variants):
    agenda = FixedAgenda(variants, seeds={A: (0, 2), B: (1, 3)}, epochs=9, find=lambda request: None)
    assert asked(agenda) == [Request(A, 0, 9), Request(B, 1, 9), Request(A, 2, 9), Request(B, 3, 9)]
