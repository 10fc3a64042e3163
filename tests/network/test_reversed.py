"""A cell that goes backwards: the same as the cell over the turned sequence, in the reference and after saving."""

import numpy as np
import pytest

from rnnhw import RnnhwError, load, save
from rnnhw.network import RNN, Dense, Network, Reversed
from tests.networks import random_batch, random_network

LENGTHS = [5, 1, 3]


def turned(y, lengths):
    y = y.copy()
    for row, length in zip(y, lengths, strict=True):
        row[:length] = row[:length][::-1]
    return y


@pytest.mark.parametrize("kind", ["lstm", "gru", "gru-before", "rnn-tanh", "rnn-relu"])
def test_it_is_the_cell_over_the_turned_sequence(kind):
    rng = np.random.default_rng(4)
    net = random_network(rng, hidden=[4], outputs=[], mode="many-to-many", kinds=[kind], head="none")
    (cell,) = net.layers
    options = {"sigmoid": net.sigmoid, "tanh": net.tanh}
    x = random_batch(rng, net, 3, 5)
    back = Network([Reversed(cell, "back")], "many-to-many", **options)
    y, state = back.run(x, LENGTHS, return_state=True)
    wanted, wanted_state = net.run(turned(x, LENGTHS), LENGTHS, return_state=True)
    assert (y == turned(wanted, LENGTHS)).all()
    assert (state == wanted_state).all()
    one = {"layers": [Reversed(cell, "back")], "mode": "many-to-one", **options}
    assert (Network(**one).run(x, LENGTHS) == wanted[np.arange(3), np.array(LENGTHS) - 1]).all()
    assert (Network(**one, reading="last-step").run(x, LENGTHS) == y[np.arange(3), np.array(LENGTHS) - 1]).all()


def test_saved_and_described(tmp_path):
    net = Network(
        [Reversed(RNN(np.ones((2, 3)), np.eye(2), np.zeros(2), name="cell"), "back"), Dense(np.ones((1, 2)), [0.0])],
        "many-to-one",
        reading="last-step",
    )
    save(net, tmp_path / "net.safetensors")
    read = load(tmp_path / "net.safetensors")
    assert (read.layers, read.reading) == (net.layers, "last-step")
    assert [(row["name"], row["direction"]) for row in read.describe()] == [("cell", "backward"), ("dense0", None)]
    assert repr(read) == "<Network network: 3 -> 2 -> 1, many-to-one, last step>"


def test_refusals():
    with pytest.raises(TypeError, match=r"^cell of Reversed 'back' must be an LSTM, GRU or RNN, not str$"):
        Reversed("rnn", "back")
    cell = RNN(np.ones((2, 2)), np.eye(2), np.zeros(2), name="cell")
    with pytest.raises(
        RnnhwError, match=r"^layer 'back', which needs whole sequences, has no place in mode 'one-to-many'$"
    ):
        Network([Reversed(cell, "back")], "one-to-many", steps=2)
    with pytest.raises(RnnhwError, match=r"^layer name 'cell' is used 2 times; each must be its own$"):
        Network([Reversed(cell, "cell")], "many-to-one")
