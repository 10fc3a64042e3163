"""What to say where nothing suits."""

from rnnhw.boards import BOARDS, Board
from rnnhw.errors import RnnhwError
from rnnhw.estimate import DEVICES
from rnnhw.room import Place, largest_hidden

from .candidate import make_candidate
from .figures import Figures
from .found import shown
from .hunt import Hunt
from .measures import Nearest, Wish
from .space import Space


def limits_missed(space: Space, figures: Figures, wish: Wish, progress) -> None:
    """Say what comes nearest to limits that nothing meets; nothing, if nothing fits at all.

    Raises
    ------
    RnnhwError
    """
    nearest = Nearest(wish.objective, wish.max_cycles, wish.max_latency_us, wish.margin)
    known = next(iter(Hunt(space, figures, nearest, progress)), None)
    if known is None:
        return
    limits, there = [], []
    if wish.max_cycles is not None:
        limits.append(f"{wish.max_cycles:g} cycles per step")
        there.append(f"{known.measures.cycles:g} cycles per step")
    if wish.max_latency_us is not None:
        limits.append(f"{wish.max_latency_us:g} us of latency")
        there.append(f"{known.measures.latency_us:.4g} us of latency")
    raise RnnhwError(
        f"nothing that fits {space.device.name} takes at most {' and '.join(limits)}; the nearest takes "
        f"{' and '.join(there)}, with {_lanes(known.arrangement)}"
    )


def nothing_fits(space: Space, figures: Figures, target, progress) -> None:
    """Say what is short for the smallest configuration, and what would help.

    Raises
    ------
    RnnhwError
    """
    hunt = Hunt(space, figures, Wish("size", margin="likely"), progress, all_sizes=True)
    made = ((known, make_candidate(known, figures, target)) for known in hunt)
    known, smallest = next((pair for pair in made if pair[1] is not None), (None, None))
    if smallest is None:
        raise RnnhwError(f"there is no configuration of this network for {space.device.name} with these options")
    place = Place(target, space.device, figures.link)
    short = [str(need) for need in known.needs if need.short]
    options = {name: value for name, value in smallest.options.items() if name != "count_saturations"}
    words = ", ".join(f"{name} {shown(value)}" for name, value in options.items())
    helps = [text for text in _helps(space, smallest, place) if text]
    raise RnnhwError(
        f"nothing fits {place.name}: for the smallest configuration ({words}) {'; '.join(short)}; "
        f"what would help: {', '.join([*helps, 'fewer bits'])}"
    )


def _helps(space: Space, smallest, place: Place):
    """What makes it fit, each on its own."""
    hidden = largest_hidden(space.qnet, smallest.options, place)
    if hidden is not None:
        yield f"at most {hidden} hidden unit{'s' * (hidden > 1)} a layer"
    if space.given.weights == "rom" and space.device.large_ram and _loadable_fits(space, smallest.options, place):
        yield "weights that are loaded, in SPRAM (--weights loadable)"
    larger = _larger(space, smallest.options, place)
    if larger is not None:
        yield larger


def _loadable_fits(space: Space, options: dict, place: Place) -> bool:
    """Whether it fits with loadable weights; of fewer lanes than two half of each SPRAM may stay empty."""
    more = ({}, {"lanes": 2}, {"columns_per_cycle": 2})
    return any(place.holds(space.qnet, options | {"weights": "loadable"} | other) for other in more)


def _larger(space: Space, options: dict, place: Place) -> str | None:
    """The smallest board, or device if the target is one, on which it fits."""
    board = isinstance(place.target, Board)
    every = [Place.on(board) for board in BOARDS.values()] if board else []
    every = every or [Place(name, device, place.link) for name, device in DEVICES.items()]
    for other in sorted(every, key=lambda other: (other.device.family == "xilinx", other.device.lut)):
        if other.holds(space.qnet, options):
            return f"the board {other.name}" if board else f"the device {other.name}"
    return None


def _lanes(arrangement) -> str:
    lanes = "+".join(str(geometry.all_lanes) for geometry in arrangement)
    columns = "+".join(str(geometry.columns) for geometry in arrangement)
    return f"{lanes} lanes of {columns} column{'s' * (columns != '1')} a cycle"
