"""What is read of a results folder is the same with a derived table, without one, and with a damaged one."""

import os
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moat_lab.analysis import summary
from moat_lab.analysis.search_tables import search_summary
from moat_lab.records import Evaluation, OutcomeReader, Plan, ResultsFolder, Search, Variant
from moat_lab.records.outcome_table import load_table

VARIANTS = tuple(
    Variant(
        key=f"{i:012x}",
        network="n",
        factors={"w": str(i)},
        costs={"params": 9 - i, "macs": i + 1, "activations": 3},
    )
    for i in range(4)
)
PLAN = Plan(
    name="p", question="q", expectation="e", source="s", baseline=VARIANTS[0].key, recipe={},
    recipe_key="beef", seeds=(0, 1), command="c", variants=VARIANTS,
)  # fmt: skip
SEARCH = Search(
    space="s", objectives=("top1", "macs"), limits={}, reference={"top1": 0.5, "macs": 9}, sampler={},
    trials=4,
)  # fmt: skip
RUN = Evaluation(
    network="n", network_key="0" * 12, recipe={}, recipe_key="beef", seed=0, status="ok", error=None,
    scores={"top1": 0.5}, final_loss=1.0, curve=(), costs={"params": 1, "macs": 1, "activations": 1},
    train_s=1.0, images_per_s=9.0, environment={},
)  # fmt: skip
FAILED = {"status": "failed", "scores": {}, "error": "Error: é\nlast"}
RATES = st.floats(0, 1e6) | st.just(float("nan"))
CHANGES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.none() | st.floats(0, 1), RATES, st.booleans()),
    max_size=8,
)


def write(folder, changes, seconds_ago=60):
    """Records, some of them then damaged, none of them changed just now."""
    for i, seed, top1, images_per_s, damage in changes:
        ended = FAILED if top1 is None else {"scores": {"top1": top1}, "images_per_s": images_per_s}
        run = replace(RUN, network_key=VARIANTS[i].key, seed=seed, **ended)
        path = ResultsFolder(folder).evaluations.path(run.network_key, run.recipe_key, run.seed)
        path.unlink(missing_ok=True)
        ResultsFolder(folder).evaluations.append(run)
        if damage:
            path.write_text("{", encoding="utf-8")
        moment = time.time() - seconds_ago
        os.utime(path, (moment, moment))


def check(folder, read):
    whole = ResultsFolder(folder).read()
    assert summary(PLAN, read.evaluations).equals(summary(PLAN, whole.evaluations))
    search = replace(PLAN, search=SEARCH, baseline="")
    assert search_summary(search, read).equals(search_summary(search, whole))
    assert read.damaged == whole.damaged


@settings(max_examples=25)
@given(first=CHANGES, second=CHANGES)
def test_tables_are_the_same_with_a_derived_table_and_without(tmp_path_factory, first, second):
    folder = tmp_path_factory.mktemp("results")
    reader = OutcomeReader(ResultsFolder(folder), many=1)
    write(folder, first)
    check(folder, reader.read())
    assert bool(load_table(ResultsFolder(folder).outcomes_file)) == bool(first)
    write(folder, second, seconds_ago=30)
    check(folder, reader.read())
    check(folder, OutcomeReader(ResultsFolder(folder), many=1).read())


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, [(i, seed, 0.5 + i / 10, 9.0, False) for i in range(4) for seed in (0, 1)])
    OutcomeReader(ResultsFolder(tmp_path), many=1).read()
    return tmp_path


def test_what_the_table_has_is_not_read_again(folder):
    stamps = {path: path.stat() for path in (folder / "evaluations").iterdir()}
    for path, stamp in stamps.items():
        path.write_bytes(b" " * stamp.st_size)
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert len(OutcomeReader(ResultsFolder(folder), many=1).read().evaluations) == 8


@pytest.mark.parametrize("content", [b"", b"PAR1 but not whole", None])
def test_a_damaged_table_is_made_anew(folder, content):
    table = ResultsFolder(folder).outcomes_file
    table.write_bytes(table.read_bytes()[:-100] if content is None else content)
    check(folder, OutcomeReader(ResultsFolder(folder), many=1).read())
    assert len(load_table(ResultsFolder(folder).outcomes_file)) == 8


def test_a_folder_that_cannot_be_written_to_is_read_without(folder):
    table = ResultsFolder(folder).outcomes_file
    table.unlink()
    table.mkdir()
    (table / "in the way").write_text("x")
    check(folder, OutcomeReader(ResultsFolder(folder), many=1).read())


def test_few_records_leave_no_table(tmp_path):
    write(tmp_path, [(0, 0, 0.5, 9.0, False)])
    OutcomeReader(ResultsFolder(tmp_path)).read()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evaluations"]


def test_the_same_object_is_given_until_something_changes(folder):
    reader = OutcomeReader(ResultsFolder(folder), many=1)
    before = reader.read()
    assert reader.read() is before
    write(folder, [(0, 2, 0.9, 9.0, False)], seconds_ago=30)
    assert len(reader.read().evaluations) == 9


def test_many_records_are_not_looked_at_one_by_one_while_their_folder_rests(folder):
    moment = time.time() - 60
    os.utime(folder / "evaluations", (moment, moment))
    reader = OutcomeReader(ResultsFolder(folder), many=1, unwatched=8)
    before = reader.read()
    assert reader.read() is before
    write(folder, [(0, 2, 0.9, 9.0, False)], seconds_ago=30)
    assert len(reader.read().evaluations) == 9


def test_a_folder_that_changed_long_ago_is_read_again(folder):
    reader = OutcomeReader(ResultsFolder(folder), many=1, unwatched=8)
    for seconds_ago, seed in ((60, 2), (30, 3)):
        write(folder, [(0, seed, 0.9, 9.0, False)])
        moment = time.time() - seconds_ago
        os.utime(folder / "evaluations", (moment, moment))
        found = reader.read()
    assert len(found.evaluations) == 10


@pytest.mark.parametrize(("unwatched", "seen"), [(8, 0), (9, 1)])
def test_a_file_that_changes_in_its_place_is_seen_among_few(folder, unwatched, seen):
    moment = time.time() - 60
    os.utime(folder / "evaluations", (moment, moment))
    reader = OutcomeReader(ResultsFolder(folder), many=1, unwatched=unwatched)
    reader.read()
    path = min((folder / "evaluations").iterdir())
    path.write_text("{", encoding="utf-8")
    os.utime(path, (moment, moment))
    assert len(reader.read().damaged) == seen
