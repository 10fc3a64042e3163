"""Shapes of sequences: without end, broken off, gone on with; resets; states in and out; weights that are loaded."""

from dataclasses import replace

import numpy as np
import pytest

import rnnhw
from rnnhw.emit.core import Core
from rnnhw.emit.stimulus import Sink, Source, Stimulus
from rnnhw.emit.vectors import make_vectors, seeded_input, seeded_state
from rnnhw.plan import make_plan
from rnnhw.sim import Mismatch, SimulationTimeout, amaranth_backend, verify_core
from tests.networks import CELLS, random_network

PLAIN = {"head": "none", "sigmoid": "logistic", "tanh": "tanh"}


def make(kinds, mode="many-to-many", hidden=(3,), outputs=(2,), seed=0, constant=None, **hardware) -> Core:
    """A core of cells of a kind; `constant`: whether they begin with a state of their own."""
    rng = np.random.default_rng([seed, 31])
    options = PLAIN | ({"steps": 3} if mode == "one-to-many" else {})
    net = random_network(
        rng, inputs=2, hidden=list(hidden), outputs=list(outputs), mode=mode, kinds=(kinds,), **options
    )
    net = replace(net, layers=tuple(begun(rng, layer, constant) for layer in net.layers))
    steps = 1 if mode == "one-to-many" else 6
    qnet = rnnhw.quantize(net, rng.normal(0, 1, (4, steps, 2)), activation_bits=9)
    return Core(make_plan(qnet, **({"lanes": 3} | hardware)), "shapes")


def begun(rng, layer, constant: bool | None):
    """A layer with constant initial states, or without; a dense one without its relu, which could hide everything."""
    if layer.kind == "dense":
        return replace(layer, activation="linear")
    if constant is None:
        return layer
    states = {field: rng.uniform(0.2, 0.9, layer.hidden_size) if constant else None for field in layer.initial_fields}
    return replace(layer, **states)


def inputs(core: Core, sequences: int, steps: int, seed: int = 2):
    form = core.plan.network.input
    rng = np.random.default_rng(seed)
    return rng.integers(form.min_raw, form.max_raw + 1, (sequences, steps, core.plan.network.input_size))


STREAMED = [
    ("lstm", {}),
    ("gru", {"hidden": (3, 2), "engines": "per-layer"}),
    ("gru-before", {"lanes": 4, "outputs": ()}),
    ("rnn-relu", {"hidden": (3,), "columns_per_cycle": 2, "seed": 1}),
]


@pytest.mark.parametrize(("kind", "options"), STREAMED)
def test_a_stream_without_end_keeps_its_state(kind, options):
    core = make(kind, **options)
    x_raw = inputs(core, 1, 12)
    vectors = core.vectors(x_raw, complete=[False])
    assert len(vectors.expected["o"]["data"]) == 12 * core.plan.network.output_size
    assert not vectors.expected["o"]["last"].any()
    result = verify_core(core, vectors, "amaranth")
    halves = core.plan.network.run_raw(x_raw.reshape(2, 6, 2))
    assert not np.array_equal(result.outputs[0, 6:], halves[1])  # what a cleared state would give


def marked(core: Core, x_raw, ends):
    """Vectors of one sequence with `last` on several steps, and `first` on none but the first."""
    whole = core.vectors(x_raw)
    parts = core.vectors(np.repeat(x_raw, len(ends), axis=0), np.array(ends) + 1)  # each from the very beginning
    network = core.plan.network
    sent, said = (dict(columns) for columns in (whole.beats["i"], whole.expected["o"]))
    expected = {name: parts.expected[name] for name in whole.expected}
    for columns, size in ((sent, network.input_size), (said, network.output_size)):
        columns["last"] = np.zeros_like(columns["data"])
        columns["last"][[(end + 1) * size - 1 for end in ends if (end + 1) * size <= len(columns["last"])]] = 1
    if network.mode == "many-to-many":
        expected["o"] = said
    steps = [replace_mark(mark, step in ends) for step, mark in enumerate(whole.steps)]
    slots = whole.slots if network.mode == "many-to-many" else parts.slots
    answers = whole.answers if network.mode == "many-to-many" else parts.answers
    return replace(
        whole,
        beats=whole.beats | {"i": sent},
        expected=expected,
        steps=steps,
        slots=slots,
        answers=answers,
        final_state=parts.final_state,
        ended=parts.ended,
    )


def replace_mark(mark, last: bool):
    return mark._replace(last=last)


@pytest.mark.parametrize("mode", ["many-to-many", "many-to-one"])
@pytest.mark.parametrize("kind", CELLS)
def test_after_last_a_step_without_first_goes_on_with_the_state(kind, mode):
    core = make(kind, mode, hidden=(3, 2), read_state=True, engines=1 if mode == "many-to-one" else 2)
    x_raw = inputs(core, 1, 9)
    vectors = marked(core, x_raw, [0, 3, 4, 8])
    verify_core(core, vectors, "amaranth")
    verify_core(core, vectors, "amaranth", stalls=5)


@pytest.mark.parametrize(
    ("kind", "hardware"),
    [("lstm", {"streams": 2}), ("gru", {"engines": "per-layer"}), ("gru-before", {}), ("rnn-tanh", {"pipelines": 2})],
)
@pytest.mark.parametrize("mode", ["many-to-many", "many-to-one"])
def test_first_in_the_middle_begins_anew(kind, hardware, mode):
    core = make(kind, mode, hidden=(3, 2), **hardware)
    complete = [False, True, False, False, True, True]
    vectors = core.vectors(inputs(core, 6, 4), [4, 1, 2, 1, 3, 4], complete=complete)
    verify_core(core, vectors, "amaranth")


RESET = [
    ("lstm", {"load_state": True, "read_state": True}),
    ("gru", {"mode": "one-to-many", "outputs": (2,)}),
    ("gru-before", {"engines": "per-layer", "streams": 2}),
    ("rnn-relu", {"weights": "loadable", "mode": "many-to-one"}),
    ("bidirectional", {"max_steps": 4}),
]


@pytest.mark.parametrize(("kind", "options"), RESET)
def test_a_reset_in_any_phase_leaves_nothing(kind, options):
    core = make(kind, **options)
    x_raw, lengths = seeded_input(core.plan.network, 2 if kind == "bidirectional" else 3, 2, seed=4)
    state = seeded_state(core.plan.network, len(x_raw)) if options.get("load_state") else None
    vectors = core.vectors(x_raw, lengths, initial_state=state)
    end = core.planned(vectors).outputs[-1]
    for cycle in {0, *np.random.default_rng(6).integers(1, end, 3).tolist(), end}:
        verify_core(core, vectors, "amaranth", reset_at=cycle)


@pytest.mark.parametrize("kind", [*CELLS, "bidirectional"])
def test_states_in_and_out_of_each_cell(kind):
    core = make(kind, load_state=True, read_state=True, max_steps=5)
    network = core.plan.network
    x_raw, lengths = seeded_input(network, 4, 5, seed=7)
    state = seeded_state(network, 4)
    result = verify_core(core, core.vectors(x_raw, lengths, initial_state=state), "amaranth")
    answers, final = network.run_raw(x_raw, lengths, initial_state=state, return_state=True)
    assert np.array_equal(result.outputs, answers)
    assert np.array_equal(result.final_state, final)
    assert not np.array_equal(final, network.run_raw(x_raw, lengths, return_state=True)[1])


@pytest.mark.parametrize("kind", CELLS)
def test_constant_initial_states(kind):
    core = make(kind, hidden=(3, 2), constant=True, engines="per-layer", read_state=True)
    network = core.plan.network
    assert network.initial_raw.any()
    x_raw, lengths = seeded_input(network, 4, 4, seed=8)
    result = verify_core(core, core.vectors(x_raw, lengths, complete=[True, True, False, True]), "amaranth")
    cleared = network.run_raw(x_raw, lengths, initial_state=np.zeros((4, network.state_size), int))
    assert not np.array_equal(result.outputs, cleared)


def other_network(network, seed: int = 3):
    """A network with other weights and biases in the same formats."""
    rng = np.random.default_rng(seed)

    def shuffled(layer):
        if layer.kind == "bidirectional":
            return replace(layer, forward=shuffled(layer.forward), backward=shuffled(layer.backward))
        names = [name for name in vars(layer) if name.startswith(("weight_", "bias_")) and name.endswith("_raw")]
        return replace(layer, **{name: rng.permutation(getattr(layer, name)) for name in names})

    return replace(network, layers=tuple(shuffled(layer) for layer in network.layers))


@pytest.mark.parametrize("kind", ["lstm", "gru", "gru-before", "rnn-relu", "bidirectional"])
def test_another_network_is_loaded(kind):
    hardware = {"engines": "per-layer"} if kind == "gru" else {}
    core = make(kind, hidden=(3,), constant=False if kind != "bidirectional" else None, weights="loadable", **hardware)
    other = other_network(core.plan.network)
    x_raw, lengths = seeded_input(core.plan.network, 3, 3, seed=9)
    image = core.plan.load_image(other)
    assert image != core.plan.load_image()
    vectors = make_vectors(other, x_raw, lengths, image=image)
    verify_core(core, vectors, "amaranth")
    mine = make_vectors(other, x_raw, lengths, image=core.plan.load_image())
    with pytest.raises(Mismatch):  # the control: the core's own weights do not answer so
        verify_core(core, mine, "amaranth")


def joined(*parts) -> dict:
    """Beats one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def test_one_network_after_the_other():
    core = make("lstm", weights="loadable")
    mine = core.plan.network
    other = other_network(mine)
    x_raw, lengths = seeded_input(mine, 2, 3, seed=9)
    both = [make_vectors(net, x_raw, lengths, image=core.plan.load_image(net)) for net in (mine, other)]
    load, sent, said = (joined(*(pick(v) for v in both)) for pick in PICKS)
    pause = 2 * core.planned(both[0]).outputs[-1]
    count, taken = len(load["data"]) // 2, len(sent["data"]) // 2
    stimulus = Stimulus(
        {
            "load": Source(load, not_before=np.repeat([0, pause], count)),
            "i": Source(sent, not_before=np.repeat([0, pause + count], taken)),
        },
        {"o": Sink(len(said["data"]))},
        4 * pause,
    )
    transcript = amaranth_backend.Model(core.component()).run(stimulus)
    assert transcript.outputs["o"].beats == {name: column.tolist() for name, column in said.items()}
    assert transcript.status == {"loaded": 1, "load_error": 0}


PICKS = (lambda v: v.beats["load"], lambda v: v.beats["i"], lambda v: v.expected["o"])


def beats(image: bytes) -> dict:
    data = np.frombuffer(image, np.uint8).astype(np.int64)
    return {"data": data, "last": (np.arange(len(data)) == len(data) - 1).astype(np.int64)}


def flipped(image: bytes, at: int) -> bytes:
    return image[:at] + bytes([image[at] ^ 0x10]) + image[at + 1 :]


DAMAGES = {
    "first byte": lambda image: flipped(image, 0),
    "a byte in the middle": lambda image: flipped(image, len(image) // 2),
    "a byte of the CRC": lambda image: flipped(image, len(image) - 2),
    "a byte too few": lambda image: image[:-1],
    "a quarter": lambda image: image[: len(image) // 4],
    "a byte too many": lambda image: image + b"\0",
    "twice": lambda image: image + image,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_image_is_refused_and_a_sound_one_taken_afterwards(damage):
    core = make("gru", weights="loadable")
    x_raw, lengths = seeded_input(core.plan.network, 2, 3, seed=9)
    vectors = core.vectors(x_raw, lengths)
    image = core.plan.load_image()
    damaged = DAMAGES[damage](image)
    sink = {"o": Sink(len(vectors.expected["o"]["data"]))}
    alone = amaranth_backend.Model(core.component()).run(Stimulus({"load": Source(beats(damaged))}, {}, 9999))
    assert alone.status == {"loaded": 0, "load_error": 1}
    sources = {"load": Source(beats(damaged)), "i": Source(vectors.beats["i"])}
    waiting = Stimulus(sources, sink, len(damaged) + 300)
    with pytest.raises(SimulationTimeout, match=r"\b0 of \d+ beats of i taken"):
        amaranth_backend.Model(core.component()).run(waiting)
    sources = {"load": Source(joined(beats(damaged), beats(image))), "i": Source(vectors.beats["i"])}
    transcript = amaranth_backend.Model(core.component()).run(Stimulus(sources, sink, 9999))
    assert transcript.inputs["i"][0] >= transcript.inputs["load"][-1]
    assert transcript.outputs["o"].beats["data"] == vectors.expected["o"]["data"].tolist()
    assert transcript.status == {"loaded": 1, "load_error": 0}
