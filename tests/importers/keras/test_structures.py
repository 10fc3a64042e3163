"""What a model does around its recurrent layers: found out, or refused by name."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_keras
from tests.importers.keras.keras_forms import (
    agrees,
    data,
    dense,
    functional,
    gru,
    keras,
    layers,
    ops,
    outputs,
    quiet,
    randomised,
    same,
    sequential,
    steps,
)

pytestmark = quiet


def inner(*stack, features):
    return keras.Sequential([keras.Input((None, features)), *stack])


def two_dense():
    return keras.Sequential([keras.Input((4,)), layers.Dense(3, "relu"), layers.Dense(2)])


ONE, MANY = "many-to-one", "many-to-many"
UNDERSTOOD = {
    "last of all steps": (lambda x: dense(steps(x)[:, -1]), ONE, {}),
    "steps first": (lambda x: ops.transpose(steps(x), (1, 0, 2))[-1], ONE, {}),
    "every step": (lambda x: dense(steps(x)), MANY, {}),
    "every step by a wrapper": (lambda x: layers.TimeDistributed(layers.Dense(3))(steps(x)), MANY, {}),
    "a model at every step": (lambda x: layers.TimeDistributed(two_dense())(steps(x)), MANY, {}),
    "softmax": (lambda x: dense(gru(x), 3, activation="softmax"), ONE, {"head": "softmax"}),
    "softmax layer": (lambda x: layers.Softmax()(dense(steps(x), 3)), MANY, {"head": "softmax"}),
    "softmax activation": (lambda x: layers.Activation("softmax")(dense(gru(x), 3)), ONE, {"head": "softmax"}),
    "softmax operation": (lambda x: ops.softmax(dense(gru(x), 3), axis=1), ONE, {"head": "softmax"}),
    "reading forward and backward": (
        lambda x: dense(layers.Bidirectional(layers.LSTM(3))(x)),
        ONE,
        {"reading": "final"},
    ),
    "reading the last step": (
        lambda x: layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)[:, -1],
        ONE,
        {"reading": "last-step"},
    ),
    "both ways, all steps": (lambda x: layers.Bidirectional(layers.GRU(3, return_sequences=True))(x), MANY, {}),
    "two kinds in both ways": (
        lambda x: layers.Bidirectional(
            layers.LSTM(4, return_sequences=True),
            backward_layer=layers.SimpleRNN(3, go_backwards=True, return_sequences=True),
        )(x),
        MANY,
        {},
    ),
    "final states put together": (
        lambda x: layers.Concatenate()(layers.Bidirectional(layers.GRU(3, return_state=True))(x)[1:]),
        ONE,
        {"reading": "final"},
    ),
    "backwards": (lambda x: dense(gru(x, go_backwards=True)), ONE, {}),
    "backwards, in the order of time": (lambda x: ops.flip(steps(x, go_backwards=True), axis=1), MANY, {}),
    "backwards and back": (lambda x: steps(steps(x, 5, go_backwards=True), go_backwards=True), MANY, {}),
    "backwards, then on in that order": (lambda x: gru(steps(x, 5, go_backwards=True)), ONE, {}),
    "a cast": (lambda x: ops.cast(dense(ops.cast(gru(x), "float32")), "float64"), ONE, {}),
    "what does nothing": (
        lambda x: layers.Dropout(0.5)(
            dense(layers.GaussianNoise(1.0)(gru(layers.SpatialDropout1D(0.5)(layers.Identity()(x)))))
        ),
        ONE,
        {},
    ),
    "models inside of a model": (
        lambda x: inner(layers.GRU(3), layers.Dense(2), features=4)(
            inner(inner(layers.LSTM(4, return_sequences=True), features=3), features=3)(x)
        ),
        ONE,
        {},
    ),
}


@pytest.mark.parametrize("form", UNDERSTOOD)
def test_what_is_understood(form):
    build, mode, options = UNDERSTOOD[form]
    model = functional(build)
    net = from_keras(model, "named")
    assert (net.mode, net.name) == (mode, "named")
    assert {key: net.options[key] for key in options} == options
    if form == "steps first":
        (y,) = outputs(model, data(3, 6))
        same(net.run(data(3, 6)), y)
    else:
        agrees(net, model)


def test_layouts_of_the_answer():
    forms = {
        "features first": (lambda x: layers.Permute((2, 1))(steps(x)), lambda y: y.transpose(0, 2, 1)),
        "steps first": (lambda x: ops.swapaxes(steps(x), 0, 1), lambda y: y.swapaxes(0, 1)),
        "one output": (lambda x: ops.squeeze(dense(steps(x), 1), axis=-1), lambda y: y[..., None]),
        "another axis": (lambda x: layers.Reshape((4, 1))(gru(x)), lambda y: y[..., 0]),
        "the index": (lambda x: ops.argmax(dense(gru(x), 5), axis=-1), lambda y: y[..., None]),
        "the index of every step": (lambda x: ops.argmax(dense(steps(x), 5), axis=2), lambda y: y[..., None]),
    }
    for build, back in forms.values():
        model, x = functional(build), data(3, 6)
        net = from_keras(model)
        (y,) = outputs(model, x)
        same(net.run(x), back(y))


@pytest.mark.parametrize(
    ("build", "mode"),
    [
        (lambda x: steps(x)[:, 5], ONE),
        (lambda x: layers.Flatten()(layers.Cropping1D((5, 0))(steps(x))), ONE),
        (lambda x: steps(layers.Reshape((6, 3))(x), unroll=True), MANY),
        (lambda x: ops.concatenate([steps(x)[:, :2], ops.stack(ops.unstack(steps(x), axis=1), 1)[:, 2:]], 1), None),
    ],
)
def test_a_fixed_number_of_steps(build, mode):
    model = functional(build, steps=6)
    if mode is None:
        with pytest.raises(RnnhwError, match=r"the answer takes values of .* and .* together, which is not"):
            from_keras(model)
        return
    net = from_keras(model)
    assert net.mode == mode
    agrees(net, model, steps=(6,))


def test_one_step_and_a_fixed_batch():
    for batch, count in ((1, 1), (1, None), (3, 1), (3, 4)):
        model = sequential(layers.GRU(4, return_sequences=True), layers.Dense(2), steps=count, batch=batch)
        net = from_keras(model)
        assert net.mode == MANY
        x = data(batch, count or 5)
        same(net.run(x), outputs(model, x)[0])


def test_a_layer_that_is_used_twice():
    layer, x = layers.GRU(3, return_sequences=True), keras.Input((None, 3))
    model = randomised(keras.Model(x, layer(layer(x))))
    net = from_keras(model)
    assert [cell.name for cell in net.cells] == ["gru0", "gru1"]
    agrees(net, model)


def test_a_model_is_left_as_it_is():
    model = sequential(layers.LSTM(3, stateful=True, dropout=0.5), layers.Dense(2), batch=2)
    x = data(2, 4)
    with pytest.warns(UserWarning, match="stateful"):
        net = from_keras(model)
    first = outputs(model, x)[0]
    same(net.run(x), first)  # its state was not touched
    assert keras.config.dtype_policy().name == "float32"
    assert model.layers[0].stateful


@pytest.mark.parametrize("value", [-1.0, 0.0])
def test_constants_among_answers(value):
    """A constant in front of the answers would move the numbers of all classes; -1 is no id."""
    x = keras.Input((5, 3), batch_size=2)
    y = ops.concatenate([ops.full((2, 1), value), layers.Dense(3)(layers.GRU(4)(x))], axis=1)
    message = "joins constants with values" if value else "the answer holds zeros among the outputs of linear layer"
    with pytest.raises(RnnhwError, match=message):
        from_keras(keras.Model(x, y))
