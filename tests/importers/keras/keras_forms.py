"""Small Keras models of the forms that users write; importing it skips where Keras or PyTorch is missing."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("h5py", reason="Keras needs it for .keras files")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the libraries that Keras imports
    from rnnhw.errors import RnnhwError
    from rnnhw.importers.keras.backend import load_keras

    try:
        keras = load_keras()
    except RnnhwError as error:
        pytest.skip(str(error), allow_module_level=True)
torch.set_num_threads(1)  # the tests run side by side already
layers, ops = keras.layers, keras.ops
RNG = np.random.default_rng(66)
#: Mark of tests that run Keras: numpy finds PyTorch's __array__ old, which Keras calls.
quiet = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def sequential(*stack, features=3, steps=None, batch=None):
    """A sequential model whose weights, biases too, are random."""
    return randomised(keras.Sequential([keras.Input(batch_shape=(batch, steps, features)), *stack]))


def functional(build, features=3, steps=None):
    """A functional model; `build` makes the outputs of the input."""
    x = keras.Input((steps, features))
    return randomised(keras.Model(x, build(x)))


def randomised(model):
    """The model with other weights: Keras starts with biases of zero, which hide what is done with them."""
    model.set_weights([RNG.normal(scale=0.6, size=array.shape) for array in weights(model)])
    return model


def weights(model):
    return [ops.convert_to_numpy(weight) for weight in model.weights]


def data(sequences, steps, features=3, seed=0):
    return np.random.default_rng(seed).normal(size=(sequences, steps, features)).astype(np.float32)


def outputs(model, *inputs):
    """What Keras answers, a list of arrays."""
    given = [ops.convert_to_tensor(np.asarray(x, "float32")) for x in inputs]
    results = model(given[0] if len(given) == 1 else given, training=False)
    return [ops.convert_to_numpy(y) for y in keras.tree.flatten(results)]


def same(mine, theirs):
    assert mine.shape == theirs.shape
    assert np.abs(mine - theirs).max() <= 2e-5 * max(1.0, np.abs(theirs).max())


def agrees(net, model, steps=(1, 4, 9)):
    """Fresh sequences are answered as Keras answers them."""
    for count in steps:
        x = data(3, count, net.input_size, seed=count)
        (y,) = outputs(model, x)
        same(net.run(x), y)


def gru(x, units=4, **options):
    return layers.GRU(units, **options)(x)


def steps(x, units=4, **options):
    return gru(x, units, return_sequences=True, **options)


def dense(x, outputs=2, **options):
    return layers.Dense(outputs, **options)(x)
