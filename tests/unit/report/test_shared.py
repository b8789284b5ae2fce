"""Baselines that several studies share."""

import shutil

from moat_lab.report.overview import read_overview
from moat_lab.report.overview.markdown import overview_markdown
from moat_lab.report.overview.shared import shared_baselines


def test_a_baseline_of_two_studies_is_counted_with_its_claims_and_trainings(two_readings):
    root = two_readings.parent
    assert shared_baselines(read_overview(root)) == ()
    shutil.copytree(two_readings, root / "again")
    (shared,) = shared_baselines(read_overview(root))
    assert (shared.network, shared.recipe_key) == ("stem(a)", "beef")
    assert (shared.studies, shared.seeds, shared.claims) == (("again", "crossed"), (3, 3), 5)
    page = overview_markdown(read_overview(root))
    assert "claims, in 2 studies, hang on 3 trainings of one baseline by recipe `beef`: `stem(a)`." in page
