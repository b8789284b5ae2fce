"""What the fuzzer calls a fault."""

import time

import pytest

from moat_lab.errors import UserError
from tests.fuzz import law
from tests.fuzz.law import ending_of
from tests.fuzz.target import FuzzTarget


def ending(ask):
    return ending_of(FuzzTarget(mutant=lambda rng: b"", ask=ask, share=1), b"3")


def mistaken(content, folder):
    raise UserError("a whole number is needed; got 3")


def divided(content, folder):
    raise ZeroDivisionError("by 0")


def left(content, folder):
    raise SystemExit(3)


def worked(content, folder):
    start = time.process_time()
    while time.process_time() - start < 0.2:
        pass
    return True


@pytest.mark.parametrize(
    ("ask", "kind", "last"),
    [
        (lambda content, folder: content == b"3", "answered", ""),
        (lambda content, folder: False, "refused", ""),
        (mistaken, "refused", ""),
        (divided, "fault", "ZeroDivisionError: by 0"),
        (left, "fault", "SystemExit: 3"),
    ],
)
def test_an_answer_and_a_sentence_are_right_and_nothing_else(ask, kind, last):
    found = ending(ask)
    assert (found.kind, found.trace.rpartition("\n")[0].rpartition("\n")[2]) == (kind, last)


def test_what_takes_long_is_a_fault_though_it_answers(monkeypatch):
    assert ending(worked).kind == "answered"
    monkeypatch.setattr(law, "LIMIT_S", 0.1)
    found = ending(worked)
    assert (found.kind, found.trace) == ("fault", "0.2 s, where 0.1 s are allowed")


def test_a_target_gets_an_empty_folder_that_is_gone_afterwards():
    folders = []

    def writes(content, folder):
        folders.append((folder, [*folder.iterdir()]))
        (folder / "file").write_bytes(content)
        return True

    assert [ending(writes).kind, ending(writes).kind] == ["answered", "answered"]
    assert [(inside, folder.exists()) for folder, inside in folders] == [([], False), ([], False)]
