"""Whether a design has room on a board's device, and what would have."""

from dataclasses import dataclass, replace

import numpy as np

from rnnhw.boards import Board
from rnnhw.design import Design
from rnnhw.errors import RnnhwError
from rnnhw.estimate import Device, Need, estimate
from rnnhw.quantize import WHOLE, QuantizedDense, QuantizedNetwork
from rnnhw.synth import Cells

LARGEST_HIDDEN = 1024


@dataclass(frozen=True)
class Place:
    """Where a design shall fit.

    Parameters
    ----------
    target : Board or str
        As `Design` takes it.
    device : Device
    link : str
        What stands between the core and its host: "none", "uart" or "spi".
    """

    target: object
    device: Device
    link: str

    @classmethod
    def on(cls, board: Board, link: str | None = None) -> "Place":
        """On a board, by default with its usual link."""
        return cls(board, board.device, link or board.links[0])

    @property
    def name(self) -> str:
        """Of the board or the device."""
        return self.target.name if isinstance(self.target, Board) else self.device.name

    def needs(self, plan) -> tuple[Need, ...]:
        """What a core needs here."""
        return estimate(plan, self.device, link=self.link).needs

    def holds(self, qnet: QuantizedNetwork, options: dict) -> bool:
        """Whether a design fits here by the estimate."""
        try:
            plan = Design(qnet, target=self.target, **options).plan
        except RnnhwError:
            return False
        return not any(need.short for need in self.needs(plan))


def check_fits(design, board: Board, link: str | None = None) -> None:
    """Refuse a design that is clearly too large, before it is synthesised.

    DSP blocks, block RAMs and SPRAM are exact; of what is estimated the low end of the band has to fit.

    Parameters
    ----------
    design : Design
    board : Board
    link : str, optional
        To the host; by default the board's usual one.

    Raises
    ------
    RnnhwError
        With what is short, and the most lanes and hidden units that would fit.
    """
    place = Place.on(board, link)
    _refuse(design, place, [need for need in place.needs(design.plan) if need.surely_short])


def check_cells(design, board: Board, cells: Cells) -> None:
    """The same for a design that has been synthesised.

    Raises
    ------
    RnnhwError
    """
    device = board.device
    counted = (
        ("dsp", "DSP blocks", cells.dsp, device.dsp),
        ("bram", "block RAMs", cells.block_ram, device.block_ram),
        ("spram", "SPRAM blocks", cells.spram, device.large_ram),
        ("lut", "LUTs", cells.lut, device.lut),
        ("ff", "flip-flops", cells.ff, device.ff),
    )
    every = [Need(*row, device.name) for row in counted]
    _refuse(design, Place.on(board), [need for need in every if need.short])


def _refuse(design, place: Place, short) -> None:
    if not short:
        return
    options = design.plan.hardware.model_dump()
    update = options.pop("update_multiplier")  # dsp while they last
    options |= {} if update == "dsp" else {"update_multiplier": update}
    most = max((engine.geometry.all_lanes for engine in design.plan.engines), default=1) - 1
    lanes = _search(1, most, lambda count: place.holds(design.qnet, options | {"lanes": count}))
    hidden = largest_hidden(design.qnet, options, place)
    found = [] if lanes is None else [f"{lanes} lane{'s' * (lanes > 1)}"]
    found += [] if hidden is None else [f"{hidden} hidden unit{'s' * (hidden > 1)} with as many lanes"]
    advice = f"what fits by the estimate: {' or '.join(found)}" if found else "nothing smaller of its kind would fit"
    lines = "; ".join(map(str, short))
    raise RnnhwError(f"the design does not fit board {place.name}: {lines}; {advice}")


def _search(low: int, high: int, fits) -> int | None:
    """The largest number that fits, if what is smaller fits too."""
    best = None
    while low <= high:
        middle = (low + high) // 2
        if fits(middle):
            best, low = middle, middle + 1
        else:
            high = middle - 1
    return best


def largest_hidden(qnet: QuantizedNetwork, options: dict, place: Place) -> int | None:
    """The most hidden units a cell with which a network with these options of `Design` fits."""
    sizes = [cell.hidden_size for layer in qnet.layers for cell in layer.cells]
    most = min(max(sizes) - 1, LARGEST_HIDDEN)
    return _search(1, most, lambda size: place.holds(resized(qnet, size), options))


def resized(qnet: QuantizedNetwork, hidden: int) -> QuantizedNetwork:
    """The same network with at most so many hidden units a cell; its weights are repeated, and mean nothing."""
    layers, size = [], qnet.input_size
    for layer in qnet.layers:
        layers.append(_layer(layer, size, hidden))
        size = layers[-1].output_size
    return replace(qnet, layers=tuple(layers))


def _layer(layer, inputs: int, hidden: int):
    if isinstance(layer, WHOLE):
        return replace(layer, **{part: _layer(getattr(layer, part), inputs, hidden) for part in layer.parts})
    if isinstance(layer, QuantizedDense):
        return replace(layer, weight_raw=np.resize(layer.weight_raw, (layer.output_size, inputs)))
    size = min(hidden, layer.hidden_size)
    shapes = {"weight_ih_raw": (len(layer.gates) * size, inputs), "weight_hh_raw": (len(layer.gates) * size, size)}
    arrays = {name: np.resize(getattr(layer, name), shape) for name, shape in shapes.items()}
    for name in layer.arrays:
        if name not in arrays:
            whole = getattr(layer, name)
            arrays[name] = np.resize(whole, (len(whole) * size // layer.hidden_size,))
    return replace(layer, **arrays)
