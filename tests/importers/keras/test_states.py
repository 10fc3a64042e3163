"""States that a model is given, gives back or keeps, and sequences of several lengths."""

import re

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_keras
from rnnhw.importers.keras import KerasWarning
from rnnhw.importers.keras import recurrent as recurrent_module
from tests.importers.keras.keras_forms import (
    data,
    functional,
    keras,
    layers,
    ops,
    outputs,
    quiet,
    randomised,
    same,
    sequential,
)

pytestmark = quiet
KINDS = {"SimpleRNN": 1, "GRU": 1, "LSTM": 2}


def stateful(build):
    with pytest.warns(KerasWarning, match="stateful"):
        return from_keras(build)


def masked(model):
    with pytest.warns(KerasWarning, match="the model skips steps"):
        return from_keras(model)


@pytest.mark.parametrize("kind", KINDS)
def test_stateful_layers_go_on_where_they_ended(kind):
    model = sequential(
        getattr(layers, kind)(4, stateful=True, return_sequences=True),
        layers.LSTM(3, stateful=True),
        layers.Dense(2),
        batch=3,
    )
    net, state = stateful(model), None
    for part in range(3):
        x = data(3, 5, seed=part)
        y, state = net.run(x, initial_state=state, return_state=True)
        same(y, outputs(model, x)[0])
    with pytest.raises(AssertionError):  # control: without the state it is another answer
        same(net.run(x), y)


def test_the_warning_says_what_to_do():
    model = sequential(layers.GRU(4, stateful=True, name="g"), batch=1)
    with pytest.warns(KerasWarning) as caught:
        from_keras(model)
    (warning,) = caught
    assert str(warning.message) == (
        "layer 'g' (GRU) is stateful: here a run starts anew unless it is told where the one before ended, "
        "run(x, initial_state=..., return_state=True)"
    )
    assert warning.filename == __file__
    from_keras(sequential(layers.GRU(4)))  # nothing to say: pytest makes an error of a warning


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backwards", [False, True])
def test_states_given_and_returned(kind, backwards):
    x, states = keras.Input((None, 3)), [keras.Input((4,)) for _ in range(KINDS[kind])]
    layer = getattr(layers, kind)(4, return_state=True, go_backwards=backwards)
    y, *finals = layer(x, initial_state=states if len(states) > 1 else states[0])
    model = randomised(keras.Model([*states[:1], x, *states[1:]], [layers.Dense(2)(y), *finals]))
    net = from_keras(model)
    given = np.random.default_rng(5).normal(size=(3, net.state_size)).astype(np.float32)
    parts, sequences = np.split(given, KINDS[kind], axis=1), data(3, 6)
    theirs = outputs(model, parts[0], sequences, *parts[1:])
    y, state = net.run(sequences, initial_state=given, return_state=True)
    same(y, theirs[0])
    same(state, np.concatenate(theirs[1:], axis=1))


def test_states_of_both_directions_and_of_stacked_cells():
    x, states = keras.Input((None, 3)), [keras.Input((4,)) for _ in range(4)]
    both = layers.Bidirectional(layers.LSTM(4, return_sequences=True, return_state=True))
    stack = layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)], return_state=True)
    y, *finals = both(x, initial_state=states)
    z, *more = keras.tree.flatten(stack(y))
    model = randomised(keras.Model([x, *states], [z, *finals, *more]))
    net = from_keras(model)
    assert [cell.kind for cell in net.cells] == ["lstm", "lstm", "lstm", "gru"]
    given = np.random.default_rng(5).normal(size=(3, 16)).astype(np.float32)
    theirs = outputs(model, data(3, 6), *np.split(given, 4, axis=1))
    initial = np.concatenate([given, np.zeros((3, 8))], axis=1)
    y, state = net.run(data(3, 6), initial_state=initial, return_state=True)
    same(y, theirs[0])
    same(state, np.concatenate(theirs[1:], axis=1))


def test_a_constant_initial_state():
    constant = np.array([[0.5, -1.0, 0.25, 2.0]], "float32")
    model = functional(lambda x: layers.LSTM(4)(x, initial_state=[ops.convert_to_tensor(constant), ops.zeros((1, 4))]))
    net = from_keras(model)
    assert np.array_equal(net.layers[0].h0, constant[0])
    assert net.layers[0].c0 is None
    same(net.run(data(3, 5)), outputs(model, data(3, 5))[0])


def test_a_wrong_state_is_found_at_import(monkeypatch):
    """Control: h and c of a model that gives them back exchanged."""
    right = recurrent_module._directed

    def exchanged(run):
        y, states = right(run)
        return y, states[::-1]

    monkeypatch.setattr(recurrent_module, "_directed", exchanged)
    with pytest.raises(RnnhwError, match=r"does not compute what the model does: output 1\[\d, \d\] is .* in Keras"):
        from_keras(functional(lambda x: list(layers.LSTM(4, return_sequences=True, return_state=True)(x))))


def encoder(x):
    _, state = layers.GRU(4, return_state=True)(x)
    return layers.GRU(4, name="g")(x, initial_state=state)


def two_states(x):
    return layers.GRU(2, name="g")(
        x, initial_state=ops.convert_to_tensor(np.array([[0.5, 1.0], [0.5, 2.0]], "float32"))
    )


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            encoder,
            "initial state of layer 'g' (GRU) is computed by other layers; it may be an input of the model or a",
        ),
        (
            two_states,
            "initial state of layer 'g' (GRU) must be the same 2 values for every sequence, not shape (2, 2)",
        ),
        (
            lambda x: [layers.GRU(4)(x), layers.GRU(4, return_state=True, name="g")(x)[1]],
            "layer 'g' (GRU) has no part in the first output, which is the answer",
        ),
        (
            lambda x: [layers.GRU(4)(x), layers.GRU(4, return_sequences=True)(x)],
            "outputs beside the answer must be final states, not single steps of recurrent layer",
        ),
    ],
)
def test_states_that_are_refused(build, message):
    with pytest.raises(RnnhwError, match=re.escape(message)):
        from_keras(functional(build))


def test_inputs_that_are_no_initial_states():
    x, state = keras.Input((None, 3)), keras.Input((4,), name="s")
    message = "input 's' is an output too, which is not supported"
    with pytest.raises(RnnhwError, match=message):
        from_keras(keras.Model([x, state], [layers.GRU(4)(x, initial_state=state), state]))
    model = keras.Model([x, state], layers.GRU(4)(x, initial_state=layers.Dropout(0.1, name="d")(state)))
    with pytest.raises(
        RnnhwError, match=re.escape("layer 'd' (Dropout) must not take input 's', which is an initial state")
    ):
        from_keras(model)


MASKS = {
    "one answer": lambda x: layers.Dense(2)(layers.LSTM(4)(x)),
    "every step": lambda x: layers.Dense(2)(layers.GRU(4, return_sequences=True)(x)),
    "zeros behind the end": lambda x: layers.LSTM(4, return_sequences=True, zero_output_for_mask=True)(x),
    "the last of all steps": lambda x: layers.GRU(4, return_sequences=True)(x)[:, -1],
    "several layers": lambda x: layers.GRU(2)(layers.Dropout(0.5)(layers.LSTM(4, return_sequences=True)(x))),
    "both directions": lambda x: layers.Bidirectional(layers.LSTM(4))(x),
    "both directions, every step": lambda x: layers.Bidirectional(layers.GRU(4, return_sequences=True))(x),
    "both directions on top of each other": lambda x: layers.Bidirectional(layers.GRU(2))(
        layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
    ),
    "backwards": lambda x: layers.LSTM(4, go_backwards=True)(x),
    "by a wrapper": lambda x: layers.TimeDistributed(layers.Dense(2))(layers.GRU(4, return_sequences=True)(x)),
    "stacked cells": lambda x: layers.RNN([layers.GRUCell(3), layers.LSTMCell(2)])(x),
}


@pytest.mark.parametrize("form", MASKS)
def test_masked_sequences_have_lengths(form):
    model = functional(lambda x: MASKS[form](layers.Masking(mask_value=-2.0)(x)))
    net = masked(model)
    lengths, x = np.array([6, 2, 1, 4]), data(4, 6)
    behind = np.arange(6) >= lengths[:, None]
    x[behind] = -2.0
    (y,) = outputs(model, x)
    if y.ndim == 3:
        y[behind] = 0.0
    same(net.run(x, lengths), y)


def masked_inside(x, inner):
    model = functional(lambda x: inner(layers.Masking()(x)))
    return outputs(model, x)[0], model


def test_masks_reach_models_inside():
    inner = keras.Sequential([keras.Input((None, 3)), layers.GRU(3, return_sequences=True), layers.LSTM(2)])
    x = data(2, 6)
    x[1, 4:] = 0.0
    with pytest.warns(UserWarning, match="Layer 'sequential.*' .* was passed an input with a mask"):
        y, model = masked_inside(x, inner)  # Keras says so, but then hands the mask on
    same(masked(model).run(x, [6, 4]), y)


def test_states_of_masked_sequences():
    model = functional(lambda x: list(layers.LSTM(4, return_state=True)(layers.Masking()(x))))
    net = masked(model)
    x = data(3, 6)
    x[1, 2:], x[2, 5:] = 0.0, 0.0
    y, h, c = outputs(model, x)
    mine, state = net.run(x, [6, 2, 5], return_state=True)
    same(mine, y)
    same(state, np.concatenate([h, c], axis=1))


def mask_of(x, value):
    return ops.any(ops.not_equal(x, value), axis=-1)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda x: layers.GRU(4, name="g")(ops.copy(layers.Masking()(x))),
            "layer 'g' (GRU) is not given the mask that the model's Masking layer makes",
        ),
        (
            lambda x: layers.GRU(4)(layers.Masking(name="m")(layers.GRU(4, return_sequences=True)(x))),
            "layer 'm' (Masking) masks something else than the model's input, which is not supported",
        ),
        (
            lambda x: layers.GRU(4)(layers.Masking(1.0, name="m")(layers.Masking(2.0)(x))),
            "layer 'm' (Masking) masks 1.0, but another layer 2.0",
        ),
        (
            lambda x: layers.GRU(4, name="g")(x, mask=ops.all(ops.not_equal(x, 0.0), axis=-1)),
            "layer 'g' (GRU) is given a mask that is not made by a Masking layer, which is not supported",
        ),
        (
            lambda x: layers.Bidirectional(layers.GRU(4, return_sequences=True))(layers.Masking()(x))[:, -1],
            "the answer takes nothing but padding",
        ),
        (
            lambda x: layers.GRU(4, name="g")(
                layers.LSTM(4, return_sequences=True, go_backwards=True)(layers.Masking()(x))
            ),
            "layer 'g' (GRU) is given padding in front of the sequences, which is not supported",
        ),
        (lambda x: layers.GRU(4, zero_output_for_mask=True)(layers.Masking()(x)), "takes nothing but padding"),
    ],
)
def test_masks_that_are_refused(build, message):
    with pytest.raises(RnnhwError, match=re.escape(message)):
        from_keras(functional(build))


def test_a_mask_that_is_made_by_hand():
    model = functional(lambda x: layers.GRU(4)(x, mask=mask_of(x, 3.0)))
    net, x = masked(model), data(2, 5)
    x[1, 3:] = 3.0
    same(net.run(x, [5, 3]), outputs(model, x)[0])
