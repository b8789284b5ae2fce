"""What published models were compared by: ImageNet-1K, and tasks of whole segmenters and detectors."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd

from dashboards.architecture.published import PUBLISHED, published_models
from moat_lab.metrics import METRICS
from moat_lab.metrics.metric import Metric

DOWNSTREAM = PUBLISHED.with_name("ablations.csv")
_PRETRAINED = {"in1k": "in1k", "in22k": "in22k+in1k"}
"""A word of the file -> the word of the file of ImageNet-1K."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Benchmark:
    """Models with scores of one kind on one data set.

    Args:
        title: of the data.
        column: the score's in `models`, percent.
        costs: column of `published_table` -> its name, of the costs that sources report.
        why: says why other costs are missing.
        columns: of the file, as it is downloaded.
    """

    title: str
    metric: Metric
    models: pd.DataFrame
    column: str
    costs: Mapping[str, str]
    why: str
    columns: tuple[str, ...]


@cache
def benchmarks() -> dict[str, Benchmark]:
    """Name in an address -> those that the files have models of."""
    models = published_models()
    of_imagenet = Benchmark(
        title="ImageNet-1K",
        metric=METRICS["top1"],
        models=models,
        column="top1_percent",
        costs={"macs": "MACs", "params": "parameters"},
        why="Sources report no activations, and latencies on devices of their own.",
        columns=tuple(models.columns),
    )
    every = {
        "imagenet1k": of_imagenet,
        "ade20k": _downstream("ade20k semantic segmentation", "ADE20K", METRICS["miou"]),
        "coco": _downstream("coco detection", "COCO", METRICS["box_ap"]),
    }
    return {name: benchmark for name, benchmark in every.items() if len(benchmark.models)}


def _downstream(task: str, title: str, metric: Metric) -> Benchmark:
    rows = _downstream_rows()
    models = rows[rows["task"] == task]
    return Benchmark(
        title=title,
        metric=metric,
        models=models.assign(
            family=models["model"].str.replace(r"-\d+$", "", regex=True),
            train_data=models["pretraining"].map(_PRETRAINED),
            resolution="",
            gmacs=float("nan"),
        ),
        column="value",
        costs={"params": "parameters"},
        why="Sources report the parameters of backbone, neck and head together, and no MACs.",
        columns=tuple(rows.columns),
    )


def _downstream_rows() -> pd.DataFrame:
    if not DOWNSTREAM.is_file():
        return pd.DataFrame(columns=["task", "model", "pretraining", "params_m", "value"], dtype=str)
    return pd.read_csv(DOWNSTREAM, keep_default_na=False, na_values={"params_m": [""]})
