# amaranth: UnusedElaboratable=no
"""Encoder and decoder as one core, against golden with the states handed over, and against PyTorch."""

import numpy as np
import pytest

import rnnhw
from rnnhw.emit.core import Core
from rnnhw.emit.stimulus import Sink, Source, Stimulus
from rnnhw.emit.vectors import make_vectors
from rnnhw.errors import RnnhwError
from rnnhw.gateware import EncoderDecoder
from rnnhw.network import LSTM, Dense, Network
from rnnhw.plan import make_plan
from rnnhw.quantize import handover
from rnnhw.sim import amaranth_backend
from tests.networks import random_network

PLAIN = {"head": "none", "sigmoid": "logistic", "tanh": "tanh"}
SEQUENCES = 4


def network(rng, kinds, hidden, outputs, mode, inputs=2, bits=9, **options):
    net = random_network(
        rng, kinds=kinds, inputs=inputs, hidden=hidden, outputs=outputs, mode=mode, **(PLAIN | options)
    )
    steps = 1 if mode == "one-to-many" else 5
    return rnnhw.quantize(net, rng.normal(0, 1, (4, steps, inputs)), activation_bits=bits)


def pair(encoder, decoder, first=None, second=None):
    """Plans of both."""
    return (
        make_plan(encoder, **({"lanes": 2, "read_state": True} | (first or {}))),
        make_plan(decoder, **({"lanes": 3, "load_state": True} | (second or {}))),
    )


def stimulus_of(plans, x_raw, lengths, d_raw, d_lengths):
    """What is sent to both, and what golden says."""
    encoder, decoder = (plan.network for plan in plans)
    _, state = encoder.run_raw(x_raw, lengths, return_state=True)
    given = handover(encoder, decoder, state)
    into = make_vectors(encoder, x_raw, lengths)
    vectors = Core(plans[1], "decoder").vectors(d_raw, d_lengths, initial_state=given)
    sources = {"i": into.beats["i"], "d": vectors.beats["i"]}
    return sources, vectors


def check(plans, x_raw, lengths, d_raw, d_lengths, patterns=None, reset_at=None):
    """Run both as one core, and compare every beat that comes out; returns the decoder's vectors."""
    sources, vectors = stimulus_of(plans, x_raw, lengths, d_raw, d_lengths)
    patterns = patterns or {}
    stimulus = Stimulus(
        {name: Source(columns, patterns.get(name)) for name, columns in sources.items()},
        {name: Sink(len(columns["data"]), patterns.get(name)) for name, columns in vectors.expected.items()},
        60_000,
        reset_at,
    )
    transcript = amaranth_backend.Model(EncoderDecoder(*plans)).run(stimulus)
    for name, columns in vectors.expected.items():
        found = transcript.outputs[name].beats
        assert found == {field: column.tolist() for field, column in columns.items()}, name
    return vectors


def raw(rng, net, steps):
    low, high = net.input.min_raw, net.input.max_raw
    return rng.integers(low, high + 1, (SEQUENCES, steps, net.input_size)), rng.integers(1, steps + 1, SEQUENCES)


CASES = {
    "lstm": (("lstm",), [4], {}, {}, "many-to-many"),
    "gru": (("gru",), [3], {}, {}, "many-to-many"),
    "lstm, one input": (("lstm",), [3], {"bits": 12}, {"bits": 7}, "one-to-many"),
    "gru, one input": (("gru",), [3], {"bits": 6}, {"bits": 11}, "one-to-many"),
    "stacked": (("lstm",), [3, 2], {}, {}, "many-to-one"),
    "relu": (("rnn-relu",), [3], {"bits": 8}, {"bits": 10}, "many-to-many"),
}


@pytest.mark.parametrize("name", CASES)
def test_as_golden_with_states_handed_over(name):
    kinds, hidden, first, second, mode = CASES[name]
    rng = np.random.default_rng(sorted(CASES).index(name))
    encoder = network(rng, kinds, hidden, [], "many-to-one", inputs=3, **first)
    options = {"steps": 3} if mode == "one-to-many" else {}
    decoder = network(rng, kinds, hidden, [2], mode, **options, **second)
    plans = pair(encoder, decoder)
    sent = (*raw(rng, encoder, 4), *raw(rng, decoder, 1 if options else 4))
    vectors = check(plans, *sent)
    patterns = {"i": (1, 0, 0, 1), "d": (0, 1) * 3 + (0,) * 40, "o": (1, 0) * 2 + (0,) * 25}
    check(plans, *sent, patterns, reset_at=60)
    unaided = decoder.run_raw(vectors.x_raw, vectors.lengths)
    assert not np.array_equal(unaided[vectors.slots], vectors.answers[vectors.slots])  # the state matters


def test_several_engines_and_final_states():
    rng = np.random.default_rng(5)
    encoder = network(rng, ("gru",), [3, 2], [2], "many-to-many", bits=8)
    decoder = network(rng, ("gru",), [3, 2], [], "many-to-many", bits=10)
    options = {"engines": "per-layer", "read_state": True}
    plans = pair(encoder, decoder, options, options | {"lanes": 4})
    check(plans, *raw(rng, encoder, 3), *raw(rng, decoder, 4))


def test_a_wrong_state_is_noticed():
    """The control: the decoder's answers to another sequence's state are not these."""
    rng = np.random.default_rng(6)
    encoder = network(rng, ("lstm",), [3], [], "many-to-one")
    decoder = network(rng, ("lstm",), [3], [2], "many-to-many")
    plans = pair(encoder, decoder)
    x_raw, lengths = raw(rng, encoder, 3)
    d_raw, d_lengths = raw(rng, decoder, 3)
    sources, vectors = stimulus_of(plans, x_raw, lengths, d_raw, d_lengths)
    sources["i"]["data"][0] ^= 1 << 6
    stimulus = Stimulus(
        {name: Source(columns) for name, columns in sources.items()},
        {"o": Sink(len(vectors.expected["o"]["data"]))},
        9999,
    )
    found = amaranth_backend.Model(EncoderDecoder(*plans)).run(stimulus).outputs["o"].beats["data"]
    assert found != vectors.expected["o"]["data"].tolist()


def test_loadable_weights_of_both():
    rng = np.random.default_rng(7)
    encoder = network(rng, ("gru",), [3], [], "many-to-one")
    decoder = network(rng, ("gru",), [3], [2], "many-to-many")
    plans = pair(encoder, decoder, {"weights": "loadable"}, {"weights": "loadable"})
    sources, vectors = stimulus_of(plans, *raw(rng, encoder, 3), *raw(rng, decoder, 3))
    for name, plan in zip(("i_load", "d_load"), plans, strict=True):
        image = np.frombuffer(plan.load_image(), np.uint8).astype(np.int64)
        sources[name] = {"data": image, "last": (np.arange(len(image)) == len(image) - 1).astype(np.int64)}
    stimulus = Stimulus(
        {name: Source(columns) for name, columns in sources.items()},
        {"o": Sink(len(vectors.expected["o"]["data"]))},
        9999,
    )
    transcript = amaranth_backend.Model(EncoderDecoder(*plans)).run(stimulus)
    assert transcript.outputs["o"].beats["data"] == vectors.expected["o"]["data"].tolist()
    assert transcript.status == {"i_loaded": 1, "i_load_error": 0, "d_loaded": 1, "d_load_error": 0}


def test_as_pytorch():
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    recurrent = [torch.nn.LSTM(3, 4, batch_first=True).double() for _ in range(2)]
    linear = torch.nn.Linear(4, 3).double()
    layers = [_lstm(module, name) for module, name in zip(recurrent, ("encoder", "decoder"), strict=True)]
    dense = Dense(linear.weight.detach().numpy(), linear.bias.detach().numpy(), "linear", "fc")
    rng = np.random.default_rng(8)
    x, d = rng.normal(0, 1, (2, 4, 3)), rng.normal(0, 1, (2, 5, 3))
    options = {"weight_bits": 12, "activation_bits": 14}
    encoder = rnnhw.quantize(Network(layers[:1], "many-to-one"), x, **options)
    decoder = rnnhw.quantize(Network([layers[1], dense], "many-to-many"), d, **options)
    x_raw, d_raw = encoder.input.from_float(x), decoder.input.from_float(d)
    lengths = np.array([4, 4]), np.array([5, 5])
    vectors = check(pair(encoder, decoder), x_raw, lengths[0], d_raw, lengths[1])
    with torch.no_grad():
        _, state = recurrent[0](torch.as_tensor(x))
        wanted = linear(recurrent[1](torch.as_tensor(d), state)[0]).numpy()
        unaided = linear(recurrent[1](torch.as_tensor(d))[0]).numpy()
    answers = decoder.output.to_float(vectors.answers)
    assert np.abs(answers - wanted).max() < 0.01
    assert np.abs(answers - unaided).max() > 0.02


def _lstm(module, name: str) -> LSTM:
    ih, hh, *bias = (
        getattr(module, f"{part}_l0").detach().numpy() for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    return LSTM(ih, hh, sum(bias), name)


def test_plans_that_do_not_fit():
    rng = np.random.default_rng(9)
    one = network(rng, ("lstm",), [3], [], "many-to-one")
    other = network(rng, ("gru",), [3], [], "many-to-many")
    same = network(rng, ("lstm",), [3], [], "many-to-many")
    with pytest.raises(RnnhwError, match=r"lstm0 of the encoder \(lstm, 3 units\) cannot hand its state to gru0"):
        EncoderDecoder(*pair(one, other))
    with pytest.raises(RnnhwError, match="encoder's plan must be made with read_state=True"):
        EncoderDecoder(*pair(one, same, {"read_state": False}))
    with pytest.raises(RnnhwError, match="decoder's plan must be made with load_state=True"):
        EncoderDecoder(*pair(one, same, None, {"load_state": False}))
    with pytest.raises(RnnhwError, match="streams of the decoder must be 1, not 2"):
        EncoderDecoder(*pair(one, same, None, {"streams": 2}))
