"""The front: points than which no other one is at least as good and at least as cheap."""

from .hardware import cost_of
from .metric import HIGHER


def mark_front(points: list[dict], cost: str, better: str) -> list[dict]:
    """Set "front" of each point, and return those of the front, the cheapest one first.

    Of points with the same metric and the same cost the one with the smaller weight memory is on it, then the one
    with fewer cycles, then the first. A point that does not fit its target is not on it.

    Parameters
    ----------
    points : list of dict
        With their figures; those that were refused have none.
    cost : str
        Name of the figure that is to be small.
    better : str
        Whether a "higher" or a "lower" metric is.
    """
    sign = -1 if better == HIGHER else 1
    ranked = []
    for at, point in enumerate(points):
        point["front"] = False
        value = None if point["refused"] else cost_of(point, cost)
        if value is not None and point["fits"] is not False:
            ranked.append((value, sign * point["metric"], point["memory"], point["cycles"], at))
    front, best = [], None
    for _, metric, *_, at in sorted(ranked):
        if best is None or metric < best:
            best = metric
            points[at]["front"] = True
            front.append(points[at])
    return front
