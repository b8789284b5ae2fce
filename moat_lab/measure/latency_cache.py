"""Latencies that were measured here: a file each, so that processes never meet in one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from pydantic_core import from_json

from moat_lab.files import cache_root, read_regular, write_atomically
from moat_lab.measure.timing import Latency

Conditions = Mapping[str, object]


def cached_latency(conditions: Conditions) -> Latency | None:
    """What was measured under exactly these conditions; None if nothing was, or its file is damaged."""
    try:
        content = from_json(read_regular(_file(conditions), most=1 << 20))
        latency = content["latency"]
        pairs = {name: tuple(latency[name]) for name in ("quartiles_ms", "resolution")}
        return Latency(**latency | pairs)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def cache_latency(conditions: Conditions, latency: Latency) -> Path:
    """Writes it down; the later of two processes wins."""
    content = {"conditions": dict(conditions), "latency": asdict(latency)}
    return write_atomically(_file(conditions), json.dumps(content, indent=2) + "\n")


def _file(conditions: Conditions) -> Path:
    text = json.dumps(dict(conditions), sort_keys=True)
    return cache_root() / "latency" / f"{sha256(text.encode()).hexdigest()[:24]}.json"
