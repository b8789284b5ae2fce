"""A search's tables: what the frontier grows by, as a share of all that there can be."""

import pandas as pd

from moat_lab.analysis.search_tables import hypervolume_by_trial
from moat_lab.records import Search

SEARCH = Search(
    space="stem(8) | 1x mbconv @w for 16px where w in {8, 16}",
    objectives=("top1", "macs"),
    limits={"macs": 100.0},
    reference={"top1": 0.2, "macs": 100.0},
    sampler={"name": "random", "seed": 0},
    trials=4,
)


def test_the_volume_is_a_share_of_the_box_from_the_reference_to_all_right_at_no_cost():
    # the box is 0.8 x 100
    table = pd.DataFrame({"score": [0.6, None, 0.4, 1.0], "macs": [50.0, 10.0, 60.0, 50.0]})
    grown = hypervolume_by_trial(table, SEARCH)
    assert grown["trial"].tolist() == [1, 3, 4]
    assert grown["hypervolume"].tolist() == [0.25, 0.25, 0.5]


def test_before_anything_has_finished_there_is_no_volume():
    assert hypervolume_by_trial(pd.DataFrame({"score": [None], "macs": [1.0]}), SEARCH).empty
