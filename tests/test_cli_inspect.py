"""`rnnhw inspect` of networks of other cells than LSTM."""

import json

import numpy as np

from rnnhw.network import GRU, RNN, Bidirectional, Network, save


def test_inspect_shows_every_cell_and_option(run, tmp_path):
    one = np.ones((1, 1))
    gru = GRU(np.ones((3, 1)), np.ones((3, 1)), np.ones(3), [0.5], name="there")
    layers = [Bidirectional(gru, RNN(one, one, [0], "relu", "back"), "both")]
    path = tmp_path / "net.npz"
    save(Network(layers, "many-to-one", "demo", head="argmax", sigmoid="hard"), path)
    code, out, _ = run("inspect", path)
    assert code == 0
    assert out.startswith("demo: many-to-one, final states, argmax, hard sigmoid (slope 1/6)")
    code, out, _ = run("inspect", path, "--json")
    answer = json.loads(out)
    rows = answer.pop("layers")
    assert answer == {
        "name": "demo", "mode": "many-to-one", "steps": None, "reading": "final", "head": "argmax",
        "sigmoid": "hard", "tanh": "tanh", "clip": None, "state_size": 2, "parameters": 13,
    }  # fmt: skip
    assert [(row["name"], row["kind"], row["direction"], row["activation"]) for row in rows] == [
        ("there", "gru", "forward", None),
        ("back", "rnn", "backward", "relu"),
    ]
