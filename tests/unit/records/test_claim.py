"""Claims in a plan's file, and what counts as the paper's."""

import pytest

from moat_lab.records import ResultsFolder, SourcedClaim

STATED = SourcedClaim(claim="not better", kind="number", effect=0.006, setting="224 px", written="before")


def test_a_claim_is_written_with_what_is_known_of_it(tmp_path, plan):
    bare, kind_alone = SourcedClaim(claim="worse"), SourcedClaim(claim="better", kind="code")
    claims = {"one": STATED, "two": bare, "three": kind_alone}
    path = ResultsFolder(tmp_path).write_plan(plan(claims=claims))
    assert '"two": "worse"' in path.read_text()
    assert '"kind": "number",\n      "effect": 0.006' in path.read_text()
    assert '"source"' not in path.read_text().split('"claims"')[1]
    assert ResultsFolder(tmp_path).read_plan().claims == claims


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"number"', '"rumour"', "claims.one.kind: should be some of number, text, code, own; got 'rumour'"),
        ('"before"', '"during"', "claims.one.written: should be some of before, after; got 'during'"),
        ("0.006", "7", "claims.one.effect: Input should be less than or equal to 1; got 7"),
    ],
)
def test_a_word_that_no_claim_has_is_damage(tmp_path, plan, old, new, message):
    path = ResultsFolder(tmp_path).write_plan(plan(claims={"one": STATED}))
    path.write_text(path.read_text().replace(old, new))
    assert ResultsFolder(tmp_path).find_plan().reason == message


def test_a_number_and_a_sentence_of_the_abstract_are_the_papers():
    from_paper = {
        kind: SourcedClaim(claim="worse", kind=kind).is_from_paper
        for kind in ("number", "text", "code", "own", "")
    }
    assert from_paper == {"number": True, "text": True, "code": False, "own": False, "": False}


def test_the_sources_effect_has_the_sign_of_its_claim():
    signs = [SourcedClaim(claim=claim, effect=0.01).signed_effect for claim in ("better", "not worse")]
    assert signs == [0.01, 0.01]
    signs = [SourcedClaim(claim=claim, effect=0.01).signed_effect for claim in ("worse", "not better")]
    assert signs == [-0.01, -0.01]
    assert SourcedClaim(claim="worse").signed_effect is None
