"""Claims in a study's file."""

import pytest

from moat_lab.errors import UserError
from moat_lab.records import SourcedClaim
from moat_lab.study.study_spec import load_study


def claims_of(study_file, text):
    study_file.write_text(f"{study_file.read_text()}claims:\n  mbconv(se=0.25): {text}\n")
    return load_study(study_file).claims["mbconv(se=0.25)"]


def test_a_claim_may_be_a_word_alone(study_file):
    assert claims_of(study_file, "worse") == SourcedClaim(claim="worse")


def test_a_claim_says_its_kind_effect_setting_source_and_when_it_was_written(study_file):
    text = "{claim: worse, kind: number, effect: 0.5pt, setting: 224 px, source: a table, written: before}"
    assert claims_of(study_file, text) == SourcedClaim(
        claim="worse", kind="number", effect=0.005, setting="224 px", source="a table", written="before"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{claim: worse, kind: rumour}", "'number', 'text', 'code' or 'own' is needed; got 'rumour'"),
        ("{claim: worst}", "did you mean 'worse'?"),
        ("{kind: own}", "the key 'claims.mbconv(se=0.25).claim' is needed"),
        ("{claim: worse, sauce: a table}", "there is no key 'claims.mbconv(se=0.25).sauce'"),
        ("{claim: worse, effect: 0.5}", "claims.mbconv(se=0.25).effect: text is needed; got 0.5"),
        ("{claim: worse, effect: 5 %}", "claims: effect of 'mbconv(se=0.25)': points of percent above 0"),
    ],
)  # fmt: skip
def test_a_claim_that_says_something_else_is_an_error_with_its_place(study_file, text, message):
    with pytest.raises(UserError) as caught:
        claims_of(study_file, text)
    assert message in str(caught.value)
    assert f"{study_file}, line " in str(caught.value)
