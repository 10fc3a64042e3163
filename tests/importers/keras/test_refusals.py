"""What a model does that is refused, by name."""

import re

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_keras
from tests.importers.keras.keras_forms import dense, functional, gru, keras, layers, ops, quiet, sequential, steps

pytestmark = quiet
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
    "always in training": (
        lambda x: layers.Dropout(0.5, name="d")(gru(x), training=True),
        "layer 'd' (Dropout) is called with training=True, which is not supported",
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
