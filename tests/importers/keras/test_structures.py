"""What a model does around its recurrent layers: found out, or refused by name."""

import re

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_keras
from tests.importers.keras.keras_forms import (
    agrees,
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


def gru(x, units=4, **options):
    return layers.GRU(units, **options)(x)


def steps(x, units=4, **options):
    return gru(x, units, return_sequences=True, **options)


def dense(x, outputs=2, **options):
    return layers.Dense(outputs, **options)(x)


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


REFUSED = {
    "literal": (lambda x: steps(x)[:, 4], "the answer is taken from step 4 of 7 of recurrent layer 'gru"),
    "first": (lambda x: steps(x)[:, 0], "the answer is taken from step 0 of 5 of recurrent layer 'gru"),
    "mean": (lambda x: ops.mean(steps(x), axis=1), "operation 'mean' (Mean) is not supported"),
    "pooling": (lambda x: layers.GlobalMaxPooling1D(name="p")(steps(x)), "layer 'p' (GlobalMaxPooling1D) is not"),
    "half": (lambda x: dense(gru(x)[:, :2]), "takes units 0..1 of 4 of recurrent layer"),
    "reversed": (lambda x: steps(x, go_backwards=True), "in another order than that of time"),
    "every other": (lambda x: steps(x)[:, ::2], "the answer holds the steps [0, 2, 4] of a sequence of 5"),
    "flattened": (
        lambda x: dense(layers.Reshape((8,))(steps(x)[:, -2:])),
        "takes the outputs of several steps",
    ),
    "c": (lambda x: layers.LSTM(3, return_state=True)(x)[2], "the answer is the final c of recurrent layer"),
    "sum": (lambda x: layers.Add(name="a")([gru(x), gru(x)]), "layer 'a' (Add) is not supported"),
    "residual": (lambda x: steps(x) + steps(x), "(Add) is not supported"),
    "norm": (lambda x: gru(layers.BatchNormalization(name="n")(x)), "layer 'n' (BatchNormalization) is not supported"),
    "repeat": (
        lambda x: steps(layers.RepeatVector(3, name="r")(gru(x))),
        "layer 'r' (RepeatVector) is not supported; a network whose answers are inputs has the mode one-to-many",
    ),
    "lambda": (
        lambda x: layers.Lambda(lambda y: y, name="f")(gru(x)),
        "layer 'f' (Lambda) is not supported: it runs code of its own",
    ),
    "dense first": (lambda x: gru(layers.Dense(3, name="d")(x)), "linear layer 'd' must not take the model's input"),
    "dense between": (lambda x: gru(layers.Dense(3, name="d")(steps(x))), "recurrent layers come first"),
    "sigmoid": (
        lambda x: layers.Dense(1, activation="sigmoid", name="d")(gru(x)),
        "activation of layer 'd' (Dense) must be 'linear', 'relu' or 'softmax', not 'sigmoid'",
    ),
    "relu": (lambda x: layers.ReLU()(gru(x)), "a relu must stand behind a linear layer"),
    "relu 6": (
        lambda x: layers.ReLU(6, name="r")(dense(gru(x))),
        "max_value of layer 'r' (ReLU) must be None, not 6",
    ),
    "softmax over steps": (
        lambda x: layers.Softmax(axis=1, name="s")(dense(steps(x))),
        "axis of layer 's' (Softmax) must be the last one, -1, not 1",
    ),
    "argmax over steps": (lambda x: ops.argmax(steps(x), axis=1), "(Argmax) must be the last one, -1, not 1"),
    "softmax between": (lambda x: dense(layers.Softmax()(dense(gru(x)))), "must not follow the softmax"),
    "merged": (
        lambda x: layers.Bidirectional(layers.GRU(3), merge_mode="ave", name="b")(x),
        "merge_mode of layer 'b' (Bidirectional) must be 'concat', not 'ave'",
    ),
    "unmerged": (lambda x: layers.Bidirectional(layers.GRU(3), merge_mode=None)(x), "must be 'concat', not None"),
    "turned round": (
        lambda x: layers.Bidirectional(layers.GRU(3, go_backwards=True), backward_layer=layers.GRU(3), name="b")(x),
        "go_backwards of the forward layer of layer 'b' (Bidirectional) must be False, not True",
    ),
    "stacked both ways": (
        lambda x: layers.Bidirectional(layers.RNN([layers.GRUCell(3), layers.GRUCell(3)]), name="b")(x),
        "layer 'b' (Bidirectional) holds a StackedRNNCells, which is not supported",
    ),
    "two answers": (lambda x: [gru(x), layers.GRU(3, name="g")(x)], "layer 'g' (GRU) has no part in the first output"),
    "the answer twice": (lambda x: [steps(x), dense(gru(x))], "outputs beside the answer must be final states"),
    "the input": (lambda x: layers.Identity()(x), "the answer must come from a recurrent layer"),
    "a convolution": (lambda x: gru(layers.Conv1D(3, 2, name="c")(x)), "layer 'c' (Conv1D) is not supported"),
    "padded": (lambda x: gru(layers.ZeroPadding1D(2, name="z")(x)), "layer 'z' (ZeroPadding1D) is not supported"),
    "recurrent at every step": (
        lambda x: layers.TimeDistributed(layers.GRU(3, name="g"), name="t")(layers.Reshape((-1, 1, 3))(x)),
        "layer 'g' (GRU) inside layer 't' (TimeDistributed) is not supported",
    ),
    "another shape": (
        lambda x: layers.Reshape((2, 2), name="s")(steps(x)),
        "layer 's' (Reshape) cannot take values of shape (2, 5, 4): ",
    ),
}


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_refused(form):
    build, message = REFUSED[form]
    with pytest.raises(RnnhwError, match=re.escape(message)) as caught:
        from_keras(functional(build))
    assert "\n" not in str(caught.value)


def test_models_without_a_graph():
    class Own(keras.Model):
        def __init__(self):
            super().__init__(name="own")
            self.layer = layers.GRU(3)

        def call(self, x):
            return self.layer(x)

    message = "model 'own' (Own) has code of its own; only sequential and functional models are understood"
    with pytest.raises(RnnhwError, match=re.escape(message)):
        from_keras(Own())
    with pytest.raises(RnnhwError, match=r"model 's' \(Sequential\) has no input shape yet: put a keras.Input first"):
        from_keras(keras.Sequential([layers.GRU(3)], name="s"))
    with pytest.raises(TypeError, match=r"model must be a keras.Model, not ndarray"):
        from_keras(np.zeros(3))


def test_other_inputs():
    many = [keras.Input((None, 3), name=name) for name in ("a", "b")]
    cases = {
        r"input 'a' must have 3 axes \(sequences, steps, features\), not shape \(None, 5\)": lambda: keras.Sequential(
            [keras.Input((5,), name="a"), layers.Reshape((5, 1)), layers.GRU(3)]
        ),
        r"the model must have one input of sequences, with 3 axes, not 2 \('a', 'b'\)": lambda: keras.Model(
            many, gru(layers.Concatenate()(many))
        ),
        "input 'a' must be floating point, not int32": lambda: keras.Sequential(
            [keras.Input((None, 3), dtype="int32", name="a"), layers.GRU(3)]
        ),
    }
    for message, build in cases.items():
        with pytest.raises(RnnhwError, match=message):
            from_keras(build())


def test_quantised_layers():
    model = sequential(layers.GRU(4), layers.Dense(4, name="d"), features=4)
    model.layers[1].quantize("int8")
    with pytest.raises(RnnhwError, match=r"layer 'd' \(Dense\) is quantised \(int8\), which is not supported"):
        from_keras(model)
