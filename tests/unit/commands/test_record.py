"""How far the seeds of a recorded table agree."""

import pandas as pd

from moat_lab.commands.record import agreement


def test_networks_of_which_a_seed_is_missing_are_left_out_of_its_correlations():
    rows = [(key, seed, 0.1 * i) for seed in (0, 1) for i, key in enumerate("abcd")] + [("a", 2, 0.3)]
    table = pd.DataFrame(rows, columns=["key", "seed", "top1"]).assign(params=1, macs=2)
    table["top1_epoch_1"] = table["top1_epoch_2"] = table["top1"]
    said = agreement(table)
    assert said[0] == "| seed 0, of seed 1 | 1.00 [1.00, 1.00] |"
    assert said[1] == "| seed 0, of seed 2 | nan [nan, nan] |"
    assert said[-1].startswith("| top1_epoch_1, of top1 | 1.00")
