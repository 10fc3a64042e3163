"""Whether a design fits a board's device, and what would."""

from dataclasses import replace

import numpy as np

from rnnhw.design import Design
from rnnhw.errors import RnnhwError
from rnnhw.estimate import Device, estimate, luts
from rnnhw.quantize import QuantizedBidirectional, QuantizedDense, QuantizedNetwork
from rnnhw.synth import Cells

SURELY = 1.15  # of a device's LUTs by the rough model: more than that is refused without asking yosys
LARGEST_HIDDEN = 1024


def check_fits(design, board) -> None:
    """Refuse a design that is too large, before it is synthesised.

    DSP blocks and block RAMs are exact; LUTs are estimated, and only what is clearly too much is refused.

    Raises
    ------
    RnnhwError
        With what is short, and the most lanes and hidden units that would fit.
    """
    short = shortages(design.plan, board.device)
    if short:
        raise RnnhwError(_refusal(design, board, short))


def check_cells(design, board, cells: Cells) -> None:
    """The same for a design that has been synthesised.

    Raises
    ------
    RnnhwError
    """
    device = board.device
    needs = (
        ("DSP blocks", cells.dsp, device.dsp),
        ("block RAMs", cells.block_ram, device.block_ram),
        ("SPRAM blocks", cells.spram, device.large_ram),
        ("LUTs", cells.lut, device.lut),
        ("flip-flops", cells.ff, device.ff),
    )
    short = [f"{need} {name} are needed and {device.name} has {there}" for name, need, there in needs if need > there]
    if short:
        raise RnnhwError(_refusal(design, board, short))


def shortages(plan, device: Device) -> list[str]:
    """What there is too little of, a line for each resource."""
    short = list(estimate(plan, device).block_shortages)
    needed = luts(plan, device.family)
    if needed > SURELY * device.lut:
        short.append(f"about {needed} LUTs are needed and {device.name} has {device.lut}")
    return short


def _refusal(design, board, short) -> str:
    found = [_most_lanes(design, board), _largest_hidden(design, board)]
    would = " or ".join(text for text in found if text)
    advice = f"; what fits by the estimate: {would}" if would else "; nothing smaller of its kind would fit"
    return f"the design does not fit board {board.name}: " + "; ".join(short) + advice


def _fits(design, board, qnet, hardware) -> bool:
    try:
        options = hardware.model_dump()
        update = options.pop("update_multiplier")  # dsp while they last
        options |= {} if update == "dsp" else {"update_multiplier": update}
        plan = Design(qnet, target=board, **options).plan
    except RnnhwError:
        return False
    needed = luts(plan, board.device.family)
    return not estimate(plan, board.device).block_shortages and needed <= board.device.lut


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


def _most_lanes(design, board) -> str:
    hardware = design.plan.hardware
    most = max((engine.geometry.all_lanes for engine in design.plan.engines), default=1)
    lanes = _search(
        1, most - 1, lambda count: _fits(design, board, design.qnet, hardware.model_copy(update={"lanes": count}))
    )
    return "" if lanes is None else f"{lanes} lane{'s' * (lanes > 1)}"


def _largest_hidden(design, board) -> str:
    sizes = [cell.hidden_size for layer in design.qnet.layers for cell in layer.cells]
    hidden = _search(
        1,
        min(max(sizes) - 1, LARGEST_HIDDEN),
        lambda size: _fits(design, board, resized(design.qnet, size), design.plan.hardware),
    )
    return "" if hidden is None else f"{hidden} hidden unit{'s' * (hidden > 1)} with as many lanes"


def resized(qnet: QuantizedNetwork, hidden: int) -> QuantizedNetwork:
    """The same network with at most so many hidden units a cell; its weights are repeated, and mean nothing."""
    layers, size = [], qnet.input_size
    for layer in qnet.layers:
        layers.append(_layer(layer, size, hidden))
        size = layers[-1].output_size
    return replace(qnet, layers=tuple(layers))


def _layer(layer, inputs: int, hidden: int):
    if isinstance(layer, QuantizedBidirectional):
        return replace(
            layer, forward=_layer(layer.forward, inputs, hidden), backward=_layer(layer.backward, inputs, hidden)
        )
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
