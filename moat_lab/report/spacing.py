"""Positions on one axis, moved apart."""

from collections.abc import Sequence


def spread(positions: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Positions in the same order, at least `gap` apart and within low..high where there is room."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    room = (high - low) / (len(positions) - 1) if len(positions) > 1 else gap
    step = min(gap, room)
    moved: list[float] = []
    for rank, i in enumerate(order):
        least = max(low, moved[-1] + step) if moved else low
        most = high - step * (len(order) - 1 - rank)
        moved.append(min(max(positions[i], least), most))
    return [moved[order.index(i)] for i in range(len(positions))]


def dodged(positions: Sequence[float], *, gap: float) -> list[float]:
    """Positions at least `gap` apart, in the same order; nearer ones are centred where they were."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    clusters: list[list[int]] = []
    for i in order:
        clusters.append([i])
        while len(clusters) > 1 and _too_near(positions, clusters[-2], clusters[-1], gap):
            last = clusters.pop()
            clusters[-1] += last
    moved = dict(pair for of in clusters for pair in zip(of, _row(positions, of, gap), strict=True))
    return [moved[i] for i in range(len(positions))]


def _row(positions: Sequence[float], cluster: Sequence[int], gap: float) -> list[float]:
    """`gap` apart around the mean; as they are where there is one."""
    middle = sum(positions[i] for i in cluster) / len(cluster)
    return [middle + gap * (k - (len(cluster) - 1) / 2) for k in range(len(cluster))]


def _too_near(positions: Sequence[float], left: Sequence[int], right: Sequence[int], gap: float) -> bool:
    return _row(positions, right, gap)[0] - _row(positions, left, gap)[-1] < gap - 1e-9
