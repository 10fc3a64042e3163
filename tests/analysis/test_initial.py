"""Networks as frameworks begin to train them, against the frameworks' own modules."""

import numpy as np
import pytest

from rnnhw.analysis import Architecture, initial_network, other_cells, shape_of
from rnnhw.errors import RnnhwError
from rnnhw.importers.keras.backend import load_keras
from rnnhw.network import Bidirectional, Dense

CELLS = ("lstm", "gru", "rnn")
SIZES = {"inputs": 24, "hidden": 48, "outputs": 10, "layers": 2}
FOUR_SIGMA = 4


def drawn(framework, cell="lstm", seed=0, **options):
    return initial_network(Architecture(cell=cell, **SIZES | options), seed, framework)


def same_distribution(ours, theirs):
    """Two samples of one distribution: their means and variances differ by at most four standard errors."""
    ours, theirs = np.ravel(ours), np.ravel(theirs)
    for power in (1, 2):
        a, b = ours**power, theirs**power
        error = np.sqrt(a.var() / a.size + b.var() / b.size)
        assert abs(a.mean() - b.mean()) <= FOUR_SIGMA * error, (power, a.mean(), b.mean())


def test_samples_of_other_distributions_are_told_apart():
    """Control: a bound that is a tenth larger, or a mean that is not zero."""
    rng = np.random.default_rng(0)
    for other in (rng.uniform(-1.1, 1.1, 5000), rng.uniform(-0.9, 1.1, 5000)):
        with pytest.raises(AssertionError):
            same_distribution(rng.uniform(-1, 1, 5000), other)


@pytest.mark.parametrize("cell", CELLS)
def test_weights_are_distributed_as_torchs(cell):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[cell]
    theirs = {key: value.detach().numpy() for key, value in kind(24, 48, 2).state_dict().items()}
    head = torch.nn.Linear(48, 10).state_dict()
    net = drawn("pytorch", cell)
    for at, layer in enumerate(net.recurrents):
        for key in ("weight_ih", "weight_hh"):
            found, wanted = getattr(layer, key), theirs[f"{key}_l{at}"]
            assert found.shape == wanted.shape
            assert abs(found).max() == pytest.approx(abs(wanted).max(), rel=0.01)
            assert abs(found).max() <= 48**-0.5
            same_distribution(found, wanted)
        rows = slice(96) if cell == "gru" else slice(None)  # of row n only one bias stands outside of r
        same_distribution(layer.bias[rows], (theirs[f"bias_ih_l{at}"] + theirs[f"bias_hh_l{at}"])[rows])
        if cell == "gru":
            same_distribution(layer.bias_hn, theirs[f"bias_hh_l{at}"][96:])
            assert abs(layer.bias[96:]).max() <= 48**-0.5
    same_distribution(net.denses[0].weight, head["weight"].numpy())
    assert abs(net.denses[0].weight).max() <= 48**-0.5


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # numpy of PyTorch, in Keras
@pytest.mark.parametrize("cell", CELLS)
def test_weights_are_distributed_as_kerass(cell):
    try:
        keras = load_keras()
    except RnnhwError as error:
        pytest.skip(str(error))
    keras.utils.set_random_seed(0)
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}[cell]
    layer = kind(48)
    layer.build((1, 3, 24))
    kernel, recurrent, bias = (np.array(keras.ops.convert_to_numpy(value)) for value in layer.weights)
    (ours,) = drawn("keras", cell, layers=1).recurrents
    assert ours.weight_ih.shape == kernel.T.shape
    assert abs(ours.weight_ih).max() == pytest.approx(abs(kernel).max(), rel=0.01)
    same_distribution(ours.weight_ih, kernel)
    assert ours.weight_hh.shape == recurrent.T.shape
    same_distribution(ours.weight_hh, recurrent)
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(48), atol=1e-5)  # theirs, in single precision
    np.testing.assert_allclose(ours.weight_hh.T @ ours.weight_hh, np.eye(48), atol=1e-12)
    np.testing.assert_array_equal(ours.bias, bias.sum(axis=0) if bias.ndim == 2 else bias)  # same order i, f, c, o
    dense = keras.layers.Dense(10)
    dense.build((1, 48))
    same_distribution(drawn("keras", cell).denses[0].weight, np.array(keras.ops.convert_to_numpy(dense.weights[0])))


def test_orthogonal_matrices_favour_no_sign():
    """Those of a QR decomposition alone do: LAPACK makes their first element negative."""
    architecture = Architecture(cell="rnn", hidden=3)
    firsts = [initial_network(architecture, seed, "keras").cells[0].weight_hh[0, 0] for seed in range(200)]
    assert abs(np.mean(firsts)) < FOUR_SIGMA * np.std(firsts) / np.sqrt(200)


def test_forget_gates_begin_at_one():
    (layer,) = drawn("keras", layers=1).recurrents
    assert (layer.bias[48:96] == 1).all()
    assert not layer.bias[:48].any()
    assert not layer.bias[96:].any()
    assert not drawn("keras", biases=0).recurrents[0].bias.any()


@pytest.mark.parametrize("framework", ["pytorch", "keras"])
@pytest.mark.parametrize("cell", CELLS)
def test_networks_have_the_architectures_sizes(framework, cell):
    architecture = Architecture(cell=cell, **SIZES, bidirectional=True, mode="many-to-many")
    net = initial_network(architecture, 3, framework)
    assert all(isinstance(layer, Bidirectional) for layer in net.recurrents)
    assert isinstance(net.layers[-1], Dense)
    assert shape_of(net, 2) == architecture.shape
    assert net.mode == "many-to-many"


def test_biases():
    assert not drawn("pytorch", biases=0).recurrents[0].bias.any()
    one, two = (drawn("pytorch", biases=count).recurrents[0].bias for count in (1, 2))
    assert abs(one).max() <= 48**-0.5 < abs(two).max()
    (before,) = drawn("pytorch", "gru", reset_after=False, layers=1).recurrents
    assert not before.bias_hn.any()


def test_seeds():
    for framework in ("pytorch", "keras"):
        first, again, other = (drawn(framework, seed=seed).recurrents[0].weight_hh for seed in (1, 1, 2))
        assert (first == again).all()
        assert (first != other).any()


def test_what_is_refused():
    with pytest.raises(RnnhwError, match=r"^framework must be one of pytorch, keras, not 'jax'$"):
        drawn("jax")
    with pytest.raises(RnnhwError, match=r"^projection must be 0 here: networks have no projected LSTMs$"):
        drawn("pytorch", projection=3)
    with pytest.raises(RnnhwError, match=r"^parameters must be at most 67,108,864 to be drawn, not 453,031,488$"):
        initial_network(Architecture(cell="lstm", inputs=1 << 20, hidden=108, biases=0, outputs=0, layers=1))


def test_other_cells_keep_sizes_and_not_what_they_do_not_have():
    found = other_cells(Architecture(cell="rnn", activation="relu", **SIZES))
    assert list(found) == ["rnn", "lstm", "gru"]
    assert found["rnn"].activation == "relu"
    assert found["lstm"] == Architecture(cell="lstm", **SIZES)
    assert other_cells(Architecture(cell="gru", reset_after=False))["gru"].reset_after is False
