"""The memory map: by hand, and in each kind of engine."""

import re
from dataclasses import replace

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.plan import Geometry, MemoryUse, make_plan

from .cases import make_network, random_plan


def sizes(plan) -> dict:
    return {name: (use.depth, use.width, use.count) for name, use in plan.memories.items()}


def test_by_hand():
    network = make_network(3, [5, 4], [6, 2], weight_bits=6, activation_bits=8)
    plan = make_plan(network, lanes=4)
    engine, table = plan.engines[0], network.table
    assert sizes(plan) == {
        "x": (8, 8, 1),  # two banks of 3, each rounded up to 4
        "h": (2 * 9 + 6, 8, 1),
        "c": (9, 16, 1),
        "weights": (5 * 8 + 4 * 9 + 2 * 4 + 1 * 6, 4 * 6, 1),
        "bias": (20 + 16 + 6 + 2, engine.accumulator_bits, 1),
        "answers": (2 * 2, network.result.width, 1),
        "table": (512, table.word_width, 1),
    }
    assert {name for name, use in plan.memories.items() if use.rom} == {"weights", "bias", "table"}
    assert plan.memories["x"].style == "registers"  # 64 bits
    assert plan.memories["h"].style == "block"  # 192 bits
    assert plan.macs_per_step == 20 * 8 + 16 * 9 + 6 * 4 + 2 * 6


def test_with_pipelines_columns_and_streams_by_hand():
    """Two pipelines, four columns: words of four elements in two groups of two."""
    network = make_network(3, [5], weight_bits=6, activation_bits=8)
    engine = make_plan(network, lanes=4, streams=3).engines[0]
    plan = replace(engine, geometry=Geometry(5, pipelines=2, columns=4))
    bits = plan.accumulator_bits
    assert sizes(plan) == {
        "x": (2, 8, 4),
        "h": (3 * 2 * 2, 16, 2),
        "c": (3 * 3, 32, 1),
        "weights": (3 * (1 + 2), 2 * 5 * 4 * 6, 1),  # 12 rows in groups of 5; one word of x, two of h
        "bias": (12, 2 * bits, 1),
        "answers": (2 * 3, 8, 2),
        "table": (512, network.table.word_width, 2),
    }


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("lstm", {"c", "table"}),
        ("gru", {"h_gru", "input_bias", "table"}),
        ("gru-before", {"h_reset", "table"}),
        ("rnn-tanh", {"table"}),
        ("rnn-relu", set()),
    ],
)
def test_what_each_kind_keeps(kind, names):
    plan = make_plan(make_network(3, [5], kind=kind), lanes=2)
    started = {"initial_state"} if any(plan.network.initial_raw) else set()
    assert set(plan.memories) == {"x", "h", "weights", "bias", "answers"} | names | started


@pytest.mark.parametrize(("inputs", "depth"), [(1, 2), (2, 4), (3, 8), (4, 8), (5, 16), (8, 16), (9, 32)])
def test_input_banks_are_powers_of_two(inputs, depth):
    assert make_plan(make_network(inputs, [1])).memories["x"].depth == depth


@pytest.mark.parametrize(("wanted", "style"), [("block", "block"), ("lut", "distributed"), ("registers", "registers")])
def test_state_memories_of_what_was_asked_for(wanted, style):
    plan = make_plan(make_network(3, [5]), lanes=2, state_memory=wanted)
    assert {plan.memories[name].style for name in ("h", "c")} == {style}
    assert plan.memories["x"].style == make_plan(make_network(3, [5]), lanes=2).memories["x"].style


LOADABLE = {"weights": "loadable", "engines": "per-layer"}


@pytest.mark.parametrize(
    ("wanted", "styles"),
    [
        ("auto", ["block", "block", "registers"]),
        ("block", ["block"] * 3),
        ("spram", ["huge"] * 3),
        (("spram", "block", "auto"), ["huge", "block", "registers"]),
        (["auto", "spram", "spram"], ["block", "huge", "huge"]),
    ],
)
def test_weight_memories_of_what_was_asked_for(wanted, styles):
    network = make_network(3, [5, 4], [1])
    plan = make_plan(network, lanes=(2, 2, 1), weight_memory=wanted, **LOADABLE)
    assert [engine.memories["weights"].style for engine in plan.engines] == styles
    assert {engine.memories["bias"].style for engine in plan.engines} <= {"block", "registers"}
    assert plan.hardware.weight_memory == (tuple(wanted) if isinstance(wanted, list) else wanted)
    plain = make_plan(network, lanes=(2, 2, 1), **LOADABLE)
    assert [use.bits for use in plan.memories.values()] == [use.bits for use in plain.memories.values()]
    assert plan.cycles_per_step == plain.cycles_per_step


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight_memory": "lut"}, "auto, block, spram or one for each engine (spram,block), not 'lut'"),
        ({"weight_memory": 4}, "auto, block, spram or one for each engine (spram,block), not 4"),
        ({"weight_memory": ()}, "auto, block, spram or one for each engine (spram,block), not ()"),
        ({"weight_memory": ("spram", 1)}, "auto, block, spram or one for each engine (spram,block), not ('spram', 1)"),
        ({"weight_memory": ("spram",) * 2}, "one word or one for each of the 3 engines, not 2"),
        (
            {"weight_memory": "spram", "weights": "rom"},
            "auto or block with fixed weights, not 'spram': it has no contents",
        ),
        (
            {"weight_memory": ("block", "spram", "auto"), "weights": "rom"},
            "auto or block with fixed weights, not 'spram': it has no contents",
        ),
    ],
)
def test_weight_memories_that_cannot_be(options, message):
    with pytest.raises(RnnhwError, match=f"^{re.escape('weight_memory must be ' + message)}$"):
        make_plan(make_network(3, [5, 4], [1]), **(LOADABLE | options))


def test_style_by_size():
    assert MemoryUse("m", 8, 8).style == "registers"
    assert MemoryUse("m", 13, 5).style == "block"
    assert MemoryUse("m", 2, 100).style == "registers"
    assert MemoryUse("m", 3, 7, count=4).bits == 84


@pytest.mark.parametrize("seed", range(20))
def test_names_of_several_engines(seed):
    plan = random_plan(seed)
    for engine in plan.engines:
        prefix = "" if len(plan.engines) == 1 else f"{engine.name}."
        for name, use in engine.memories.items():
            assert plan.memories[prefix + name] == use
            assert use.name == name
    assert len(plan.memories) >= sum(len(engine.memories) for engine in plan.engines)
