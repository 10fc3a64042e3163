"""Golden equals an independent scalar model in every answer, state, intermediate and saturation count."""

from dataclasses import replace

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.network import LSTM, Network
from rnnhw.quantize import quantize
from tests.networks import CELLS, random_batch, random_lengths, random_network, random_state

from .slow_model import SlowModel
from .two_ways import two_ways

WIDTHS = [(8, 8), (2, 4), (16, 16), (4, 8), (5, 11), (16, 4), (2, 16), (8, 12), (12, 10), (3, 5), (1, 8), (1, 16)]
ROUNDINGS = ["half_up", "half_even", "floor", {"z": "floor", "c": "half_even", "y": "half_even"}]
GATED = ("a_{}", "z_{}", "{}")
SIGNALS = {
    "lstm": {form.format(gate) for form in GATED for gate in "ifgo"} | {"c", "zc", "tc", "h"},
    "gru": {form.format(gate) for form in GATED for gate in "rz"} | {"a_nx", "a_nh", "p", "z_n", "n", "h"},
    "gru-before": {form.format(gate) for form in GATED for gate in "rz"} | {"s", "a_n", "z_n", "n", "h"},
    "rnn-tanh": {"a", "z", "h"},
    "rnn-relu": {"a", "h"},
    "dense": {"a", "y"},
}
MIXED = [
    ("bidirectional", *(kind for kind in CELLS if kind != "rnn-relu")),
    (*CELLS, "reversed"),
    ("bidirectional", "reversed", "rnn-relu"),
]

assert rnnhw.golden


def signals_of(layer) -> set[str]:
    """Names of all signals that the trace has to hold for a cell or a dense layer."""
    if layer.kind == "gru" and not layer.reset_after:
        return SIGNALS["gru-before"]
    return SIGNALS[f"rnn-{layer.activation}" if layer.kind == "rnn" else layer.kind]


def compare_sequence(network, x_raw, state, found) -> dict:
    """Hold golden's findings on one sequence against a run of the slow model; returns what was clipped."""
    y_raw, final, signals = found
    slow = SlowModel(network)
    answers, end = slow.answers(x_raw.tolist(), state)
    y_raw = y_raw[None] if network.mode == "many-to-one" else y_raw
    assert y_raw[: len(answers)].tolist() == answers
    assert not y_raw[len(answers) :].any()
    assert final.tolist() == end
    for (layer, name), by_step in slow.signals.items():
        for step, raw in by_step.items():
            assert signals[layer][name][step].tolist() == raw, (layer, name, step)
    return slow.clipped


def compare(net, seed: int, steps: int, scale: float = 1.0, given: bool = False, **options) -> dict:
    """Hold golden against the slow model over some sequences of all lengths; returns saturation counts.

    The inputs are normally distributed times `scale`, and states are `given` or are those of the cells.
    """
    rng = np.random.default_rng(seed)
    network = quantize(net, random_batch(rng, net, 4, 6), **options)
    x_raw = network.input.from_float(random_batch(rng, net, 3, steps) * scale)
    lengths = random_lengths(rng, 3, x_raw.shape[1])
    states = None
    if given:
        ends = np.cumsum([count for _, count in network.state_formats])[:-1]
        parts = np.split(random_state(rng, net, 3), ends, axis=1)
        formats = [form for form, _ in network.state_formats]
        states = np.concatenate([form.from_float(part) for form, part in zip(formats, parts, strict=True)], axis=1)
    y_raw, final, trace = network.run_raw(x_raw, lengths, trace=True, initial_state=states, return_state=True)
    clipped = {}
    for sequence, length in enumerate(lengths.tolist()):
        signals = {layer: {k: v[sequence] for k, v in by_name.items()} for layer, by_name in trace.signals.items()}
        state = None if states is None else states[sequence].tolist()
        found = y_raw[sequence], final[sequence], signals
        counts = compare_sequence(network, x_raw[sequence, :length], state, found)
        clipped = {where: clipped.get(where, 0) + count for where, count in counts.items()}
    assert trace.saturations == clipped
    before = network.input
    for layer in network.layers:
        taken = {"x"} if layer.x != before else set()
        for part in layer.cells or (layer,):
            assert set(trace.signals[part.name]) - taken == signals_of(part)
        assert taken <= set(trace.signals.get(layer.name, ()))
        before = layer.output
    return clipped


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("rounding", ROUNDINGS, ids=str)
@pytest.mark.parametrize(("weight_bits", "activation_bits"), WIDTHS)
def test_widths_rounding_and_modes(weight_bits, activation_bits, rounding, mode):
    seed = 100 * weight_bits + activation_bits + (mode == "many-to-one")
    relu = bool(seed % 3)  # of a bidirectional layer either both cells are relu or neither
    kinds = CELLS if relu else ("bidirectional", "lstm", "gru", "gru-before", "rnn-tanh")
    net = random_network(np.random.default_rng(seed), mode=mode, largest=4, kinds=kinds, head="none")
    compare(
        net,
        seed,
        3,
        weight_bits=weight_bits,
        activation_bits=activation_bits,
        rounding=rounding,
        per_gate=bool(seed % 2),
        symmetric_weights=bool(seed % 5 == 0),
    )


@pytest.mark.parametrize("mode", ["one-to-one", "one-to-many", "many-to-one", "many-to-many"])
@pytest.mark.parametrize("kind", CELLS)
def test_each_cell_in_each_mode(kind, mode):
    seed = 10 * CELLS.index(kind) + len(mode)
    net = random_network(np.random.default_rng(seed), mode=mode, hidden=[3, 2], largest=3, kinds=[kind], head="none")
    compare(net, seed, 4, given=bool(seed % 2))


@pytest.mark.parametrize("reading", ["final", "last-step"])
@pytest.mark.parametrize("mode", ["one-to-one", "many-to-one", "many-to-many"])
@pytest.mark.parametrize("kind", CELLS)
def test_each_cell_in_two_directions(kind, mode, reading):
    seed = CELLS.index(kind) + len(mode)
    net = two_ways(np.random.default_rng(seed), kind, mode, reading=reading)
    compare(net, seed, 4, given=bool(seed % 2))


@pytest.mark.parametrize("seed", range(24))
def test_random_networks(seed):
    rng = np.random.default_rng(seed)
    head = str(rng.choice(["none", "argmax"]))
    modes = ["one-to-one", "many-to-one", "many-to-many"] + ["one-to-many"] * (head == "none")
    net = random_network(rng, largest=5, kinds=MIXED[seed % 3], mode=str(rng.choice(modes)), head=head)
    compare(
        net,
        seed,
        int(rng.integers(1, 6)),
        given=bool(rng.integers(2)),
        weight_bits=int(rng.integers(1, 17)),
        activation_bits=int(rng.integers(4, 17)),
        per_gate=bool(rng.integers(2)),
        symmetric_weights=bool(rng.integers(2)),
        table=str(rng.choice(["auto", "interpolated"])),
    )


def random_widths(rng) -> dict:
    """Widths of a layer; each of them may be left to the network's."""
    bits = int(rng.integers(4, 17))
    widths = {
        "weight_bits": int(rng.integers(1, 17)),
        "activation_bits": bits,
        "state_bits": int(rng.integers(bits, 25)),
    }
    kept = rng.random() < 0.7  # a state's width is only sure to fit activations of its own layer
    return {key: widths[key] for key in widths if kept or (key == "weight_bits" and rng.random() < 0.5)}


@pytest.mark.parametrize("seed", range(30))
def test_mixed_widths(seed):
    """Each layer has widths of its own, and takes its input in them."""
    rng = np.random.default_rng(1000 + seed)
    head = str(rng.choice(["none", "argmax"]))
    modes = ["one-to-one", "many-to-one", "many-to-many"] + ["one-to-many"] * (head == "none")
    sizes = {"hidden": [3, 2, 2], "outputs": [2, 3], "inputs": 3}
    net = random_network(rng, **sizes, kinds=MIXED[seed % 3], mode=str(rng.choice(modes)), head=head)
    options = {
        "weight_bits": int(rng.integers(1, 17)),
        "activation_bits": int(rng.integers(4, 17)),
        "per_gate": bool(rng.integers(2)),
        "layers": {layer.name: random_widths(rng) for layer in net.layers},
        "rounding": ROUNDINGS[seed % len(ROUNDINGS)],
    }
    compare(net, seed, 3, given=bool(rng.integers(2)), **options)


def test_another_rounding_between_layers_is_seen():
    """Control: of the two models one floors where a layer takes its input."""
    rng = np.random.default_rng(0)
    net = random_network(rng, inputs=3, hidden=[5, 4], outputs=[], mode="many-to-many")
    network = quantize(net, random_batch(rng, net, 4, 6), layers={"lstm1": {"activation_bits": 5}})
    x_raw = network.input.from_float(random_batch(rng, net, 1, 6))
    floors = replace(
        network, config=network.config.model_copy(update={"rounding": network.config.rounding | {"y": "floor"}})
    )
    assert network.run_raw(x_raw)[0].tolist() == SlowModel(network).answers(x_raw[0].tolist())[0]
    assert floors.run_raw(x_raw)[0].tolist() != SlowModel(network).answers(x_raw[0].tolist())[0]


@pytest.mark.parametrize("state_bits", [8, 9, 13, 16, 17, 24])
@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_widths_of_states(kind, state_bits):
    net = random_network(np.random.default_rng(state_bits), largest=4, kinds=[kind], mode="many-to-many", head="none")
    compare(net, state_bits, 5, state_bits=state_bits)


@pytest.mark.parametrize(("bits", "clips"), [(4, True), (7, True), (8, False), (9, False), (16, False)])
def test_the_largest_values_between_layers(bits, clips):
    """Rounding a hidden state of 127 to fewer bits passes the end of the range, and is clipped and counted there."""
    net = random_network(np.random.default_rng(3), inputs=2, hidden=[3, 3], outputs=[2], mode="many-to-many")
    first, *rest = net.layers
    loud = LSTM(first.weight_ih, first.weight_hh, first.bias + 9.0, first.name)
    net = Network([loud, *rest], net.mode)
    for name in (rest[0].name, rest[1].name):
        clipped = compare(net, 4, 8, layers={name: {"activation_bits": bits}})
        assert set(clipped) >= {(rest[0].name, "h")}
        if name == rest[0].name:
            assert (clipped.get((name, "x"), 0) > 0) == clips


@pytest.mark.parametrize("hidden", [[1], [2, 1], [3, 4, 5], [8], [9], [7, 8, 9]])
def test_sizes(hidden):
    net = random_network(np.random.default_rng(5), inputs=1, hidden=hidden, outputs=[1], mode="many-to-many")
    compare(net, 5, 3)


def test_inputs_far_outside_the_calibration():
    """Gates and cell states saturate, and the counts agree there too."""
    net = random_network(np.random.default_rng(8), inputs=3, hidden=[5], outputs=[4], mode="many-to-many")
    lstm, dense = net.layers
    loud = LSTM(9 * lstm.weight_ih, lstm.weight_hh, lstm.bias + np.repeat([0, 3, 0, 0], 5), lstm.name)
    net = Network([loud, dense], net.mode)
    clipped = compare(net, 8, 12, 50.0, activation_bits=8, method="percentile", percentile=50)
    for point in ("z_i", "z_f", "z_g", "z_o", "c"):
        assert clipped["lstm0", point] > 0, point


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("gru", ("z_r", "z_z", "z_n", "p")),
        ("gru-before", ("z_r", "z_z", "z_n")),
        ("rnn-tanh", ("z",)),
        ("rnn-relu", ("h",)),
    ],
)
def test_other_cells_far_outside_the_calibration(kind, points):
    net = random_network(np.random.default_rng(4), inputs=3, hidden=[5], outputs=[], mode="many-to-many", kinds=[kind])
    (cell,) = net.layers
    changes = {"weight_ih": 9 * cell.weight_ih}
    if kind == "gru":
        changes["weight_hh"] = cell.weight_hh + np.repeat([0, 0, 1], 5)[:, None]
    net = replace(net, layers=[replace(cell, **changes)], head="none")
    quiet = {"activation_bits": 8, "method": "percentile", "percentile": 50}
    clipped = compare(net, 8, 12, 50.0, **quiet)
    for point in points:
        assert clipped[cell.name, point] > 0, point
