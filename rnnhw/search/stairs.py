"""How several engines share multipliers, for every number of them."""

from rnnhw.plan import Geometry
from rnnhw.plan.choose import Arrangements, size


def stairs(choices: list[Arrangements], most: int) -> dict[tuple[Geometry, ...], float]:
    """What `rnnhw.plan.balance` makes of every number of multipliers up to `most`, for every limit of columns.

    For a number of cycles each engine takes its smallest arrangement that is as fast. Where several numbers of cycles
    take as many multipliers the fewest cycles are meant.

    Returns
    -------
    dict
        An arrangement of all engines -> cycles that a step takes at least.
    """
    found = {}
    ordered = [sorted(choice.least, key=size) for choice in choices]
    for columns in sorted({geometry.columns for choice in choices for geometry in choice.least}):
        fronts = [
            _front(choice, geometries, columns, most - len(choices) + 1)
            for choice, geometries in zip(choices, ordered, strict=True)
        ]
        if not all(fronts):
            continue
        fewest = max(front[-1][0] for front in fronts)
        levels = sorted({cycles for front in fronts for cycles, _ in front if cycles >= fewest}, reverse=True)
        of_size, places = {}, [0] * len(fronts)
        for level in levels:
            for number, front in enumerate(fronts):
                while front[places[number]][0] > level:
                    places[number] += 1
            arrangement = tuple(front[place][1] for front, place in zip(fronts, places, strict=True))
            of_size[sum(size(geometry)[0] for geometry in arrangement)] = arrangement, level
        found |= {arrangement: level for total, (arrangement, level) in of_size.items() if total <= most}
    return found


def _front(choice: Arrangements, geometries, columns: int, most: int) -> list[tuple[float, Geometry]]:
    """Cycles and geometry of each arrangement than which no smaller one is as fast, the smallest first."""
    front, fewest = [], float("inf")
    for geometry in geometries:
        if size(geometry)[0] > most:
            break
        if geometry.columns <= columns and choice.least[geometry] < fewest:
            cycles = choice.cycles(geometry)
            if cycles < fewest:
                front.append((cycles, geometry))
                fewest = cycles
    return front
