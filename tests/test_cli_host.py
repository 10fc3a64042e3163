"""``rnnhw infer`` (against a board in Python) and what ``rnnhw board-sim`` refuses."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from rnnhw.cli_host import accuracy
from tests.host.conftest import make_network
from tests.host.double import Double
from tests.host.terminal import on_terminal
from tests.sim.board_cores import core_of_network, write_build

pytest.importorskip("serial")


@pytest.fixture
def served(tmp_path):
    """A port, a folder, the network and data with labels, half of which are what golden says."""
    network, x = make_network(3, "many-to-one", outputs=[4])
    core = core_of_network(network, lanes=1)
    write_build(tmp_path / "build", core)
    labels = network.run(x).argmax(1)
    labels[::2] += 1
    np.savez(tmp_path / "data.npz", x=x, y=labels)
    with on_terminal(Double(network, core.identity)) as port:
        yield port, tmp_path, network, x


def test_infer(run, served):
    port, folder, network, x = served
    code, out, error = run("infer", port, folder / "data.npz", "--design", folder / "build", "-o", folder / "y.npz")
    assert (code, error) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("design ")
    assert ": 6 sequences in " in lines[0]
    assert lines[1] == "accuracy: 50.00 %"
    assert lines[2] == "1,000 cycles, 500 of them busy; 0 clipped"
    with np.load(folder / "y.npz") as answers:
        assert (answers["y"] == network.run(x)).all()
        assert (answers["y_raw"] == network.run_raw(network.input.from_float(x))).all()


def test_infer_as_json(run, served):
    port, folder, _, x = served
    code, out, error = run("infer", port, folder / "data.npz", "--json")
    assert (code, error) == (0, "")
    answer = json.loads(out)
    assert (answer["sequences"], answer["accuracy"], answer["answers"]) == (6, 0.5, None)
    assert answer["counters"]["elements_in"] == x.size


def test_infer_without_labels(run, served):
    port, folder, _, x = served
    np.savez(folder / "bare.npz", x=x)
    code, out, _ = run("infer", port, folder / "bare.npz")
    assert code == 0
    assert "accuracy" not in out


def test_infer_refuses(run, served, tmp_path):
    port, folder, network, _ = served
    other = core_of_network(make_network(4, "many-to-one", outputs=[4])[0], lanes=1)
    write_build(tmp_path / "other", other)
    np.savez(folder / "wide.npz", x=np.zeros((1, 2, 3)))
    identity = core_of_network(network, lanes=1).identity.hex()
    cases = {
        ("/dev/none", folder / "data.npz"): "/dev/none: no such port; is the board plugged in?",
        (port, folder / "none.npz"): f"{folder}/none.npz: no such file",
        (port, folder / "wide.npz"): f"{folder}/wide.npz: x must have 2 inputs a step (last axis), not 3",
        (port, folder / "data.npz", "--timeout", "0"): "timeout must be more than 0 seconds, not 0.0",
        (port, folder / "data.npz", "--design", folder): f"{folder}: no board.json; rnnhw build makes such a folder",
        (port, folder / "data.npz", "--design", tmp_path / "other"): (
            f"the board runs design {identity}, not {other.identity.hex()}"
        ),
    }
    for arguments, text in cases.items():
        assert run("infer", *arguments) == (2, "", f"rnnhw: {text}\n")


def test_an_altered_build_is_refused(run, served):
    _, folder, _, _ = served
    path = folder / "build" / "board.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"identity": "00" * 8}))
    for command in (("board-sim", folder / "build"), ("infer", "/dev/none", "x.npz", "--design", folder / "build")):
        code, out, error = run(*command)
        assert (code, out) == (2, "")
        expected = f"{folder}/build: its network and options make design {content['identity']}, not 0000000000000000"
        assert error == f"rnnhw: {expected}\n"
    path.write_text(json.dumps(content | {"hardware": content["hardware"] | {"lanes": 2}}))
    code, _, error = run("board-sim", folder / "build")
    assert code == 2
    assert error.endswith(f", not {content['identity']}\n")


def info(mode, size=4, frac=0):
    """What `accuracy` looks at of a board's `Info`."""
    return SimpleNamespace(mode=mode, output_size=size, output=SimpleNamespace(frac=frac))


@pytest.mark.parametrize(
    ("facts", "y", "lengths", "labels", "expected"),
    [
        (("many-to-one",), [[1, 2, 0, 0], [9, 0, 0, 0]], [1, 1], [1, 1], 0.5),
        (("many-to-one", 1), [[3], [2]], [1, 1], [3, 2], 1.0),
        (("many-to-one", 1, 4), [[3.5], [2]], [1, 1], [3, 2], None),
        (("many-to-one",), [[1, 2, 0, 0]], [1], [1.0], None),
        (("one-to-one",), [[[1, 2, 0, 0]], [[1, 0, 0, 0]]], [1, 1], [1, 0], 1.0),
        (("many-to-many", 1), [[[3], [2]], [[1], [0]]], [2, 1], [[3, 1], [1, 9]], 2 / 3),
        (("many-to-many", 1), [[[3], [2]], [[1], [0]]], [2, 1], [3, 1], None),
    ],
)
def test_accuracy(facts, y, lengths, labels, expected):
    assert accuracy(info(*facts), np.array(y), np.array(lengths), np.array(labels)) == expected
