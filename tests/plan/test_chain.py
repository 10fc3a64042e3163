"""Which engine runs which layers, and where whole sequences are stored."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.network import LSTM, RNN, Bidirectional, Dense, Network
from rnnhw.plan import BufferPlan, EnginePlan, make_plan
from rnnhw.quantize import quantize

from .cases import make_network, random_case, random_knobs


def make(kinds: str, mode="many-to-many", outputs=(), **options):
    """A network of LSTM layers of 4 units and bidirectional ones of 4 + 4: "l" and "b"."""
    rng = np.random.default_rng(1)

    def lstm(size, name):
        return LSTM(rng.normal(0, 0.4, (16, size)), rng.normal(0, 0.4, (16, 4)), rng.normal(0, 0.3, 16), name)

    layers, size = [], 3
    for at, kind in enumerate(kinds):
        layer = lstm(size, f"l{at}")
        if kind == "b":
            layer = Bidirectional(lstm(size, f"f{at}"), lstm(size, f"b{at}"), f"bi{at}")
        layers.append(layer)
        size = layer.output_size
    for at, units in enumerate(outputs):
        layers.append(Dense(rng.normal(0, 0.5, (units, size)), np.zeros(units), "linear", f"d{at}"))
        size = units
    return quantize(Network(layers, mode, "stack", **options), rng.normal(0, 1, (2, 4, 3)))


def engines(network, **hardware) -> list[int]:
    """Layers of each engine."""
    return [len(engine.layers) for engine in make_plan(network, lanes=1, **hardware).engines]


def stages(network, **hardware) -> str:
    """Letters of the stages: E, B, and b for a buffer that plays the last job only."""
    letters = {EnginePlan: "E", BufferPlan: "B"}
    plan = make_plan(network, lanes=1, **hardware)
    return "".join("b" if getattr(s, "last_only", False) else letters[type(s)] for s in plan.stages)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (1, [5]),
        (2, None),
        (3, None),
        (4, None),
        (5, [1] * 5),
        ("per-layer", [1] * 5),
        ((2, 1, 2), [2, 1, 2]),
        ((5,), [5]),
    ],
)
def test_engines_of_a_stack(wanted, expected):
    found = engines(make_network(3, [5, 4, 3], [6, 2]), engines=wanted)
    assert found == (expected or found)
    assert sum(found) == 5
    assert len(found) == (wanted if isinstance(wanted, int) else len(expected))


def test_the_engine_with_the_most_work_is_cut_where_its_halves_are_most_alike():
    network = make_network(8, [8, 8, 8, 8])
    assert engines(network, engines=2) == [2, 2]
    assert engines(network, engines=4) == [1, 1, 1, 1]
    assert engines(make_network(2, [30, 2, 2, 2]), engines=2) == [1, 3]


@pytest.mark.parametrize(
    ("kinds", "mode", "reading", "expected"),
    [
        ("l", "many-to-many", "final", "E"),
        ("ll", "many-to-one", "final", "E"),
        ("b", "many-to-many", "final", "BEB"),
        ("b", "many-to-one", "final", "BE"),
        ("b", "many-to-one", "last-step", "BEb"),
        ("bl", "many-to-many", "final", "BEBE"),
        ("bl", "many-to-one", "last-step", "BEBE"),
        ("lb", "many-to-many", "final", "EBEB"),
        ("bb", "many-to-many", "final", "BEBEB"),
        ("bb", "many-to-one", "final", "BEBE"),
        ("blb", "many-to-one", "last-step", "BEBEBEb"),
    ],
)
def test_where_sequences_are_stored(kinds, mode, reading, expected):
    assert stages(make(kinds, mode, reading=reading)) == expected


def test_dense_layers_that_see_final_states_stand_with_them():
    assert engines(make("b", "many-to-one", outputs=[3, 2], reading="final")) == [3]
    assert engines(make("b", "many-to-one", outputs=[3, 2], reading="final"), engines="per-layer") == [1, 1, 1]
    assert stages(make("b", "many-to-one", outputs=[2], reading="last-step")) == "BEbE"
    assert stages(make("b", "many-to-many", outputs=[2])) == "BEBE"


def test_pieces_by_hand():
    """A bidirectional layer of 2 + 3 units in front of another one."""
    rng = np.random.default_rng(0)

    def cell(units, inputs, name):
        return RNN(
            rng.normal(0, 1, (units, inputs)), rng.normal(0, 1, (units, units)), rng.normal(0, 1, units), "tanh", name
        )

    first = Bidirectional(cell(2, 4, "f0"), cell(3, 4, "b0"), "bi0")
    second = Bidirectional(cell(1, 5, "f1"), cell(6, 5, "b1"), "bi1")
    net = Network([first, second], "many-to-many", "two")
    plan = make_plan(quantize(net, rng.normal(0, 1, (2, 3, 4))), lanes=1, max_steps=9)
    buffers = [stage for stage in plan.stages if isinstance(stage, BufferPlan)]
    assert [buffer.pieces for buffer in buffers] == [
        ((0, 4, False), (0, 4, True)),
        ((0, 2, False), (2, 3, True), (0, 2, True), (2, 3, False)),
        ((0, 1, False), (1, 6, True)),
    ]
    assert [(buffer.size, buffer.played, buffer.max_steps) for buffer in buffers] == [(4, 8, 9), (5, 10, 9), (7, 7, 9)]
    assert [engine.parts for engine in plan.engines] == [(4, 4), (5, 5)]
    assert [engine.every_step for engine in plan.engines] == [True, True]


@pytest.mark.parametrize(
    ("kinds", "wanted", "message"),
    [
        ("ll", (1, 2), "engines must divide the 2 layers, not 3"),
        ("ll", 3, "engines must be 1 or in 1..2 for this network, not 3"),
        ("bl", 3, "engines must be 1 or 2 for this network, not 3"),
        ("lb", (2,), "engines must begin a new one with layer 'bi1': "
         "a layer that goes backwards, and what follows one, needs whole sequences"),
        ("lbl", (1, 2), "engines must begin a new one with layer 'l2': "
         "a layer that goes backwards, and what follows one, needs whole sequences"),
    ],
)  # fmt: skip
def test_engines_that_cannot_be(kinds, wanted, message):
    with pytest.raises(RnnhwError) as caught:
        make_plan(make(kinds), lanes=1, engines=wanted)
    assert str(caught.value) == message


@pytest.mark.parametrize("seed", range(40))
def test_what_goes_from_stage_to_stage_fits(seed):
    network = random_case(seed)
    plan = make_plan(network, **random_knobs(seed, network))
    width = network.input_size
    for stage in plan.stages:
        if isinstance(stage, BufferPlan):
            assert stage.size == width
            width = stage.played
        elif isinstance(stage, EnginePlan):
            assert stage.input_size == width
            width = stage.answer_size
        else:
            assert stage.size == width
    assert sum((engine.layers for engine in plan.engines), ()) == tuple(network.layers)
    assert width == network.layers[-1].output_size


def test_the_answer_of_a_bidirectional_layer_whose_backward_cell_takes_two_passes():
    """Both candidates, and neither reset pass."""
    for seed in range(30):
        network = random_case(seed, kinds=["bidirectional", "gru-before"])
        for engine in make_plan(network, lanes=1, engines="per-layer").engines:
            finals = [item.kind for item in engine.passes if item.final]
            assert "reset" not in finals
            assert len(finals) == (2 if engine.layers[-1].kind == "bidirectional" else 1)
