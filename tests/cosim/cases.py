"""Random cores: one seed is one network, its widths, its hardware options and its sequences."""

from dataclasses import dataclass

import numpy as np

import rnnhw
from rnnhw.emit.core import Core
from rnnhw.emit.vectors import Vectors, seeded_state
from rnnhw.errors import RnnhwError
from rnnhw.plan import Hardware, make_plan
from tests.networks import CELLS, KINDS, random_network

STEPS = 6
VERILOG = 40  # seeds whose cores are simulated as SystemVerilog too
MULTIPLIERS = 24  # of an engine, at most: larger ones take long to simulate


@dataclass(frozen=True)
class Case:
    """A core and what runs through it.

    Parameters
    ----------
    core : Core
    vectors : Vectors
    reset_at : int or None
        Cycle of a reset in the middle of a run before it.
    """

    core: Core
    vectors: Vectors
    reset_at: int | None

    def __str__(self) -> str:
        plan = self.core.plan
        network, shapes = plan.network, [engine.geometry for engine in plan.engines]
        kinds = [",".join(item.kind for item in engine.passes) for engine in plan.engines]
        hardware = plan.hardware.model_dump(exclude_defaults=True)
        return (
            f"{network!r} {network.config.model_dump(exclude_defaults=True)} {hardware} {kinds} {shapes}, "
            f"lengths {self.vectors.lengths.tolist()}, complete {self.vectors.complete.tolist()}, reset {self.reset_at}"
        )


def random_case(seed: int, largest: int = 5) -> Case:
    """The case of a seed; sizes up to `largest`."""
    rng = np.random.default_rng([seed, 21])
    net = random_network(rng, largest=largest, kinds=KINDS if rng.random() < 0.6 else CELLS)
    qnet = _quantized(rng, net)
    plan = _plan(rng, qnet)
    core = Core(plan, f"random_{seed}")
    one = net.mode.startswith("one-to")
    steps = 1 if one else STEPS
    sequences = int(rng.integers(2, 5)) + plan.hardware.streams - 1
    lengths = rng.integers(1, steps + 1, sequences)
    lengths[rng.integers(sequences)] = steps
    complete = rng.random(sequences) < 0.85
    complete[-plan.hardware.streams :] = True  # a sequence is broken off by the next one of its stream
    complete |= [not core.can_break_off(length) for length in lengths.tolist()]
    x_raw = qnet.input.from_float(rng.normal(0, 1.3, (sequences, steps, net.input_size)))
    state = seeded_state(qnet, sequences, seed) if plan.hardware.load_state else None
    vectors = core.vectors(x_raw, lengths, complete=complete, initial_state=state)
    cycles = plan.run(vectors.steps).accepted[-1][1]
    return Case(core, vectors, int(rng.integers(0, cycles + 1)) if rng.random() < 0.25 else None)


def in_verilog_too(seed: int) -> Case:
    """The case of one of the first `VERILOG` seeds: small, so that it compiles in seconds."""
    return random_case(seed, largest=3)


def _quantized(rng, net):
    roles = ("z", "c", "h", "y")
    modes = rng.choice(["half_up", "half_even", "floor"], len(roles)).tolist()
    activation_bits = int(rng.integers(4, 17))
    return rnnhw.quantize(
        net,
        rng.normal(0, 1, (4, 1 if net.mode.startswith("one-to") else 6, net.input_size)),
        weight_bits=int(rng.choice([1, 2, 3, 4, rng.integers(5, 17), 8])),
        activation_bits=activation_bits,
        symmetric_weights=bool(rng.integers(2)),
        per_gate=bool(rng.integers(2)),
        method=str(rng.choice(["max-abs", "percentile"])),
        table=str(rng.choice(["auto", "interpolated"] + (["exact"] if activation_bits <= 11 else []))),
        rounding=dict(zip(roles, modes, strict=True)),
    )


def _plan(rng, qnet):
    """A plan with options that the network can use."""
    options = {
        "engines": [1, "per-layer", 2][rng.integers(3)],
        "streams": int(rng.choice([1, 1, 2, 3])),
        "weights": str(rng.choice(["rom", "rom", "loadable"])),
        "state_memory": str(rng.choice(["auto", "block", "registers"])),
        "multiplier": str(rng.choice(["auto", "dsp", "lut"])),
        "update_multiplier": str(rng.choice(["dsp", "lut"])),
        "load_state": bool(rng.integers(2)),
        "read_state": bool(rng.integers(2)),
        "max_steps": int(rng.integers(STEPS, STEPS + 3)),
        "registers": str(rng.choice(["few", "many"])),
    }
    if options["weights"] == "loadable" and options["update_multiplier"] == "lut":
        options["weight_memory"] = "spram"
    if qnet.mode == "one-to-many" or any(layer.kind == "bidirectional" for layer in qnet.layers):
        options["streams"] = 1
    try:
        make_plan(qnet, lanes=1, engines=options["engines"])
    except RnnhwError:
        options["engines"] = 1
    widest = make_plan(qnet, lanes=1, engines=options["engines"])
    rows = max(item.rows for engine in widest.engines for item in engine.passes)
    longest = max(s.length for engine in widest.engines for item in engine.passes for s in item.segments)
    lanes = int(rng.choice([rng.integers(1, rows + 1), rng.integers(1, min(rows, 9) + 1), rows]))
    columns = int(rng.choice([1, 1, 1, rng.integers(1, longest + 1), longest]))
    lanes = min(lanes, MULTIPLIERS)
    columns = min(columns, max(1, MULTIPLIERS // lanes))
    plan = make_plan(qnet, Hardware(lanes=lanes, columns_per_cycle=columns, **options))
    units = min(item.units for engine in plan.engines for item in engine.passes)
    pipelines = int(rng.integers(1, min(lanes, max(units, 1)) + 1))
    if rng.random() < 0.3 and pipelines > 1:
        try:
            return make_plan(qnet, Hardware(lanes=lanes, columns_per_cycle=columns, pipelines=pipelines, **options))
        except RnnhwError:
            return plan
    return plan
