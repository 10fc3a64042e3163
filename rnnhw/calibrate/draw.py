"""Random configurations: networks, widths and knobs as users choose them, and the rest of the range more rarely."""

from dataclasses import dataclass

import numpy as np

from rnnhw.design import Design
from rnnhw.errors import RnnhwError
from rnnhw.estimate import Device, holds_blocks
from rnnhw.network import GRU, LSTM, RNN, Bidirectional, Dense, Network
from rnnhw.quantize import quantize

from .themes import theme_of

# By `size`: larger cores may not be held, take longer to route and tell no more.
MOST = {"ice40": 3900, "ecp5": 4500, "gowin": 5000, "xilinx": 4500}
MOST_OF_CHIP = 1100
MOST_WITH_THEME = 2000
TRIES = 400  # draws for one number, of which those are skipped that the device does not hold


@dataclass(frozen=True, eq=False)
class Drawn:
    """A configuration.

    Parameters
    ----------
    number : int
        What it was drawn with.
    design : Design
    link : str
        "none": the core alone; "uart" or "spi": with what stands between it and a host.
    """

    number: int
    design: Design
    link: str

    @property
    def text(self) -> str:
        """What it is, in a line."""
        network, hardware = self.design.qnet, self.design.plan.hardware
        layers = ", ".join(f"{layer.kind} {layer.output_size}" for layer in network.layers)
        head = f", {network.head}" * (network.head != "none")
        config = network.config
        changed = hardware.model_dump(exclude_defaults=True)
        knobs = ", ".join(f"{name}={value}" for name, value in changed.items())
        link = f", link={self.link}" * (self.link != "none")
        bits = f"{config.weight_bits}/{config.activation_bits} bits"
        return f"{network.input_size} -> {layers}{head}; {network.mode}; {bits}; {knobs}{link}"


def draw(number: int, device: Device) -> Drawn:
    """The configuration of a number on a device.

    Parameters
    ----------
    number : int
        At least 0; the same number and device give the same configuration.
    device : Device

    Raises
    ------
    RnnhwError
        If nothing that was drawn fits.
    """
    theme = theme_of(number)
    most = MOST[device.family] if theme is None else MOST_WITH_THEME

    def holds(plan, link):
        return holds_blocks(plan, device) and (theme is None or theme(plan, link))

    drawn = _draw(number, device.name, most, holds)
    if drawn is None:
        raise RnnhwError(f"{device.name} holds none of {TRIES} configurations drawn with {number}")
    return drawn


def draw_for_chip(number: int) -> Drawn:
    """The configuration of a number in standard cells: without a link, of moderate size, weights mostly loadable.

    Parameters
    ----------
    number : int
        At least 0; the same number gives the same configuration.

    Raises
    ------
    RnnhwError
        If nothing that was drawn is small enough.
    """
    drawn = _draw(number, None, MOST_OF_CHIP, lambda plan, link: True)
    if drawn is None:
        raise RnnhwError(f"none of {TRIES} configurations drawn with {number} is small enough")
    return drawn


def _draw(number: int, target: str | None, most: float, holds) -> Drawn | None:
    """The first of the configurations drawn with a number that is small enough and held."""
    for attempt in range(TRIES):
        rng = np.random.default_rng([number, attempt])
        network = draw_network(rng)
        try:
            options = draw_hardware(rng, network)
            qnet = quantize(network, draw_batch(rng, network), **draw_quantization(rng))
            link = _pick(rng, none=74, uart=20, spi=6)
            if target is None:
                link, options["state_memory"] = "none", "auto"
                options["weights"] = _pick(rng, rom=20, loadable=80)
            elif link != "none":
                options["count_saturations"] = True
            design = Design(qnet, target=target, name="top", **options)
        except RnnhwError:
            continue
        if size(design.plan, link) <= most and holds(design.plan, link):
            return Drawn(number, design, link)
    return None


def size(plan, link: str) -> float:
    """Look-up tables very roughly, and never refined: what is drawn must not depend on what was learned from it."""
    total = 300 + 720 * (link != "none")
    for engine in plan.engines:
        shape, config = engine.geometry, engine.network.config
        kinds, bits = engine.timing.kinds, config.activation_bits * shape.pipelines
        updates, gru = bool(kinds & {"lstm", "gru", "reset"}), bool(kinds & {"gru", "reset"})
        total += bits * (6 + 34 * updates + 22 * gru) + 2.3 * shape.all_lanes * engine.accumulator_bits
        if engine.lut_multipliers:
            total += 2.6 * shape.all_lanes * shape.columns * config.weight_bits * engine.element_bits
        if updates and engine.hardware.update_multiplier == "lut":
            total += 2.6 * shape.pipelines * config.activation_bits * 2 * config.activation_bits
    return total + 400 * (plan.network.head == "softmax")


def draw_network(rng) -> Network:
    """A random network with random weights."""
    mode = _pick(rng, **{"many-to-one": 52, "many-to-many": 30, "one-to-one": 8, "one-to-many": 10})
    cells = rng.choice(["lstm", "gru", "gru-before", "rnn", "relu"], 3, p=[0.46, 0.24, 0.1, 0.14, 0.06]).tolist()
    if rng.random() < 0.8:
        cells = cells[:1] * 3
    inputs = size = _size(rng, 1, 32)
    layers, both = [], mode != "one-to-many" and rng.random() < 0.13
    for index in range(int(rng.choice([1, 2, 3], p=[0.66, 0.27, 0.07]))):
        units = _size(rng, 2, 80)
        if both and rng.random() < 0.7:
            pair = [_cell(rng, cells[index], size, units, f"{name}{index}") for name in ("forward", "backward")]
            layers.append(Bidirectional(*pair, f"both{index}"))
        else:
            layers.append(_cell(rng, cells[index], size, units, f"cell{index}"))
        size = layers[-1].output_size
    outputs = [_size(rng, 1, 24) for _ in range(int(rng.choice([0, 1, 2], p=[0.3, 0.55, 0.15])))]
    if mode == "one-to-many":
        outputs = [*outputs[:1], inputs]
    for index, units in enumerate(outputs):
        activation = _pick(rng, linear=70, relu=30)
        weight = rng.normal(0, 1.5 / np.sqrt(size), (units, size))
        layers.append(Dense(weight, rng.normal(0, 0.4, units), activation, f"dense{index}"))
        size = units
    steps = {"steps": int(rng.integers(1, 8))} if mode == "one-to-many" else {}
    head = "none" if mode == "one-to-many" or size < 2 else _pick(rng, none=68, argmax=22, softmax=10)
    curves = {"sigmoid": _pick(rng, logistic=88, hard=12), "tanh": _pick(rng, tanh=90, hard=10)}
    return Network(layers, mode, "drawn", head=head, **curves, **steps)


def _cell(rng, kind: str, inputs: int, units: int, name: str):
    rows = {"lstm": 4, "gru": 3, "gru-before": 3, "rnn": 1, "relu": 1}[kind] * units
    weight_ih = rng.normal(0, 1.2 / np.sqrt(inputs), (rows, inputs))
    weight_hh = rng.normal(0, 1.5 / np.sqrt(units), (rows, units))
    bias = rng.normal(0, 0.4, rows)
    initial = rng.random() < 0.12
    state = {"h0": rng.uniform(0, 0.9, units)} if initial else {}
    if kind == "lstm":
        state |= {"c0": rng.uniform(-1, 1, units)} if initial else {}
        return LSTM(weight_ih, weight_hh, bias, name, **state)
    if kind in ("gru", "gru-before"):
        after = kind == "gru"
        return GRU(weight_ih, weight_hh, bias, rng.normal(0, 0.4, units) * after, after, name, **state)
    if kind == "relu":  # nothing else keeps its state from growing
        weight_hh *= 0.9 / max(0.9, np.linalg.norm(weight_hh, 2))
    return RNN(weight_ih, weight_hh, bias, "relu" if kind == "relu" else "tanh", name, **state)


def draw_batch(rng, network: Network) -> np.ndarray:
    """Inputs from which fractions are chosen, of shape (sequences, steps, inputs)."""
    steps = 1 if network.mode.startswith("one-to") else 5
    return rng.normal(0, 1, (4, steps, network.input_size)) * 2.0 ** rng.integers(-3, 3)


def draw_quantization(rng) -> dict:
    """Options of `rnnhw.quantize.Quantization`."""
    usual = rng.random() < 0.35
    return {
        "weight_bits": 8 if usual else int(rng.choice([1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16])),
        "activation_bits": 8 if usual else int(rng.choice([4, 5, 6, 7, 8, 9, 10, 12, 14, 16])),
        "per_gate": bool(rng.random() < 0.25),
        "rounding": _pick(rng, half_up=80, half_even=12, floor=8),
        "symmetric_weights": bool(rng.random() < 0.25),
    }


def draw_hardware(rng, network: Network) -> dict:
    """Options of `rnnhw.Design`."""
    plain = network.mode != "one-to-many" and all(layer.kind != "bidirectional" for layer in network.layers)
    rows = max(cell.weight_ih.shape[0] for cell in network.cells)
    options = {
        "lanes": int(min(rows, round(2 ** rng.uniform(0, 5)))),
        "columns_per_cycle": int(rng.choice([1, 2, 3, 4], p=[0.76, 0.12, 0.05, 0.07])),
        "engines": _pick(rng, **{"1": 75, "per-layer": 25}),
        "streams": int(rng.choice([1, 2, 3, 4, 7], p=[0.8, 0.1, 0.04, 0.04, 0.02])) if plain else 1,
        "weights": _pick(rng, rom=85, loadable=15),
        "state_memory": _pick(rng, auto=82, block=8, registers=5, lut=5),
        "multiplier": _pick(rng, auto=76, dsp=14, lut=10),
        "registers": _pick(rng, many=75, few=25),
        "max_steps": int(rng.choice([8, 16, 28, 64, 100])),
        "load_state": bool(rng.random() < 0.06),
        "read_state": bool(rng.random() < 0.06),
    }
    if options["engines"] == "1":
        options["engines"] = 1
    if rng.random() < 0.2:
        options["update_multiplier"] = "lut"
    if rng.random() < 0.2 and options["engines"] == 1:
        options["pipelines"] = int(rng.choice([1, 1, 2, 3, 4]))
    return options


def _size(rng, low: int, high: int) -> int:
    """Of one magnitude as often as of another."""
    return round(2 ** rng.uniform(np.log2(low), np.log2(high + 0.49)))


def _pick(rng, **weights) -> str:
    names, shares = list(weights), np.array(list(weights.values()), float)
    return str(rng.choice(names, p=shares / shares.sum()))
