"""What a node sends back, and what keeps it from being used."""

from dataclasses import replace

import pytest

from moat_lab.engines.remote import checkpoint_of, differences, execute_apart, keep, traits
from moat_lab.records import ResultsFolder
from tests.unit.engines.conftest import jobs_of

OURS = {
    "moat_lab": "1.0 (aa)",
    "torch": "2.15.0",
    "python": "3.11.7",
    "images": "cc",
    "results folder": "",
}


def test_equal_nodes_differ_in_nothing():
    assert differences(OURS, dict(OURS), mixed=False) == []


def test_another_version_is_named_and_may_be_used_where_versions_mix():
    theirs = {**OURS, "torch": "2.14.1"}
    assert differences(OURS, theirs, mixed=False) == ["torch 2.14.1 there, 2.15.0 here"]
    assert differences(OURS, theirs, mixed=True) == []


@pytest.mark.parametrize("mixed", [False, True])
def test_other_images_are_never_used(mixed):
    assert differences(OURS, {**OURS, "images": "dd"}, mixed=mixed) == ["images dd there, cc here"]


def test_images_of_a_folder_are_compared_by_their_content(tmp_path, monkeypatch):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    for name in ("here", "there"):
        for label in ("cat", "dog"):
            (tmp_path / name / label).mkdir(parents=True)
            (tmp_path / name / label / "1.png").write_bytes(label.encode())
    here, there = (traits(f"imagefolder:{tmp_path / name}", "") for name in ("here", "there"))
    assert here == there
    (tmp_path / "there" / "cat" / "1.png").write_bytes(b"cot")
    changed = traits(f"imagefolder:{tmp_path / 'there'}", "")
    assert [name for name in here if changed[name] != here[name]] == ["images"]


def test_a_training_goes_on_elsewhere_from_the_checkpoint_that_was_sent_back(plan, tmp_path):
    job, results = jobs_of(plan)[0], ResultsFolder(tmp_path)
    heard = []

    def sent(last_epoch):
        part = replace(job, epochs=last_epoch)
        (parcel,) = execute_apart(
            part, checkpoint_of(results, part), "cpu", lambda seed, epoch: heard.append(epoch.epoch)
        )
        return keep(parcel, part, results, "node 2")

    assert sent(1).evaluation.status == "paused"
    assert [path.suffix for path in results.checkpoints.iterdir()] == [".safetensors"]
    assert (sent(2).evaluation.status, sent(2).node) == ("ok", "node 2")
    assert heard[:2] == [1, 2]
    assert list(results.checkpoints.iterdir()) == []
    assert [e.status for e in results.read().evaluations] == ["ok"]
