"""A small search over the networks of the dashboards' tests."""

from moat_lab.records import Search

SEARCH = Search(
    space="stem(16) | 1x order @32 where order in {mbconv+attn, attn+mbconv, attn+mlp}",
    objectives=("top1", "macs"),
    limits={},
    reference={"top1": 0.5, "macs": 50e6},
    sampler={"name": "tpe", "seed": 0},
    trials=3,
)
