"""State dicts of GRU and RNN modules, of both directions, and what has to be told about them."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_state_dict
from tests.importers.pytorch.test_state_dict import linear_tensors

ROWS = {"lstm": 4, "gru": 3, "rnn": 1}


def cell_tensors(kind, prefix="rnn.", sizes=(3, 4), both=False, bias=True, seed=0):
    """Random tensors of one module with len(sizes) - 1 layers."""
    rng, tensors, inputs = np.random.default_rng(seed), {}, sizes[0]
    for k, hidden in enumerate(sizes[1:]):
        rows = ROWS[kind] * hidden
        shapes = {"weight_ih": (rows, inputs), "weight_hh": (rows, hidden)}
        shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)} if bias else {}
        for reverse in ("", "_reverse")[: 1 + both]:
            for part, shape in shapes.items():
                tensors[f"{prefix}{part}_l{k}{reverse}"] = rng.normal(size=shape)
        inputs = hidden * (1 + both)
    return tensors


def refused(message, tensors, **options):
    with pytest.raises(RnnhwError) as caught:
        from_state_dict(tensors, **({"mode": "many-to-many"} | options))
    assert str(caught.value) == message


def test_gru_biases():
    tensors = cell_tensors("gru")
    b_ih, b_hh = tensors["rnn.bias_ih_l0"], tensors["rnn.bias_hh_l0"]
    (after,) = from_state_dict(tensors, mode="many-to-many").layers
    assert after.reset_after
    assert (after.bias == [*(b_ih + b_hh)[:8], *b_ih[8:]]).all()
    assert (after.bias_hn == b_hh[8:]).all()
    (before,) = from_state_dict(tensors, mode="many-to-many", reset_after=False).layers
    assert not before.reset_after
    assert (before.bias == b_ih + b_hh).all()
    assert (before.bias_hn == 0).all()
    (none,) = from_state_dict(cell_tensors("gru", bias=False), mode="many-to-many").layers
    assert (none.bias == 0).all()
    assert (none.bias_hn == 0).all()


def taken_by_hand(tensors, x, reset_after):
    """A GRU with h' = (1 - z) h + z n, from the tensors as they are."""
    w, u, b, d = (tensors[f"rnn.{part}_l0"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h, outputs = np.zeros((len(x), 4)), []
    for t in range(x.shape[1]):
        a, p = x[:, t] @ w.T + b, h @ u.T + d
        r, z = (1 / (1 + np.exp(-(a + p)[:, k : k + 4])) for k in (0, 4))
        inner = r * p[:, 8:] if reset_after else (r * h) @ u[8:].T + d[8:]
        h = (1 - z) * h + z * np.tanh(a[:, 8:] + inner)
        outputs.append(h)
    return np.stack(outputs, axis=1)


@pytest.mark.parametrize("reset_after", [True, False])
def test_the_other_convention_of_the_update_gate(reset_after):
    tensors, x = cell_tensors("gru"), np.random.default_rng(1).normal(size=(3, 6, 3))
    options = {"mode": "many-to-many", "reset_after": reset_after}
    taken = from_state_dict(tensors, update_gate="take", **options)
    expected = taken_by_hand(tensors, x, reset_after)
    np.testing.assert_allclose(taken.run(x), expected, rtol=1e-12, atol=1e-13)
    kept = from_state_dict(tensors, update_gate="keep", **options)
    assert kept == from_state_dict(tensors, **options)
    assert np.abs(kept.run(x) - expected).max() > 0.01


def test_both_directions_become_bidirectional_layers():
    tensors = cell_tensors("lstm", "a.", (3, 4, 5), both=True) | cell_tensors("rnn", "b.", (10, 2), both=True)
    tensors |= cell_tensors("gru", "c.", (4, 6)) | linear_tensors(inputs=6)
    net = from_state_dict(tensors, mode="many-to-one", nonlinearity="relu")
    assert [layer.kind for layer in net.layers] == ["bidirectional", "bidirectional", "bidirectional", "gru", "dense"]
    assert [layer.name for layer in net.layers] == ["lstm0", "lstm1", "rnn0", "gru0", "dense0"]
    assert [cell.name for cell in net.cells] == [
        "lstm0_forward", "lstm0_backward", "lstm1_forward", "lstm1_backward", "rnn0_forward", "rnn0_backward", "gru0",
    ]  # fmt: skip
    for k in range(2):
        both = net.layers[k]
        assert (both.forward.weight_ih == tensors[f"a.weight_ih_l{k}"]).all()
        assert (both.backward.weight_ih == tensors[f"a.weight_ih_l{k}_reverse"]).all()
        bias = tensors[f"a.bias_ih_l{k}_reverse"] + tensors[f"a.bias_hh_l{k}_reverse"]
        assert (both.backward.bias == bias).all()
    assert net.layers[2].backward.activation == "relu"


def test_facts_from_arguments_and_metadata():
    tensors = cell_tensors("gru", "a.", both=True) | cell_tensors("rnn", "b.", (8, 3), both=True)
    facts = {"mode": "many-to-one", "reading": "last-step", "head": "softmax", "sigmoid": "hard", "tanh": "hard"}
    facts |= {"nonlinearity": "tanh", "update_gate": "take", "reset_after": "false", "format": "pt"}
    net = from_state_dict(tensors, metadata=facts)
    assert (net.reading, net.head, net.sigmoid, net.tanh) == ("last-step", "softmax", "hard", "hard")
    assert (net.layers[0].forward.reset_after, net.layers[1].forward.activation) == (False, "tanh")
    assert (net.layers[0].forward.weight_ih[4:8] == -tensors["a.weight_ih_l0"][4:8]).all()
    given = {key: value for key, value in facts.items() if key not in ("format", "reset_after")}
    assert from_state_dict(tensors, **given, reset_after=False) == net
    assert from_state_dict(tensors, metadata=facts, head="none", reset_after=True).head == "none"
    stored = from_state_dict(
        cell_tensors("gru", sizes=(4, 4)), metadata={"mode": "one-to-many", "steps": "12", "name": "x"}
    )
    assert (stored.steps, stored.name) == (12, "x")


def test_what_is_missing_is_asked_for():
    refused(
        "a state dict does not tell what nn.RNN 'rnn' does to its sums: "
        "give nonlinearity='tanh' or nonlinearity='relu'",
        cell_tensors("rnn"),
    )
    both = cell_tensors("gru", both=True)
    refused(
        "a state dict does not tell what is taken of its bidirectional layer, each direction's final state or "
        "the output of the last step: give reading='final' or 'last-step'",
        both,
        mode="many-to-one",
    )
    assert from_state_dict(both, mode="many-to-many").reading == "final"
    below = both | cell_tensors("gru", "top.", (8, 5))  # what is read is not the bidirectional layer
    assert from_state_dict(below, mode="many-to-one").cells[2].name == "gru1"
    refused(
        "steps is missing: the number of answers of mode 'one-to-many'",
        cell_tensors("gru", sizes=(4, 4)),
        mode="one-to-many",
    )


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"nonlinearity": "tanh"}, "nonlinearity has no effect: there is no nn.RNN"),
        ({"update_gate": "both"}, "update_gate must be 'keep' or 'take', not 'both'"),
        ({"nonlinearity": "gelu"}, "nonlinearity must be 'tanh' or 'relu', not 'gelu'"),
        ({"metadata": {"reset_after": "no"}}, "reset_after in the metadata must be 'true' or 'false', not 'no'"),
        ({"metadata": {"steps": "-1"}}, "steps in the metadata must be a whole number, not '-1'"),
        ({"head": "max"}, "head must be 'none', 'argmax' or 'softmax', not 'max'"),
        ({"steps": 3}, "steps must not be given with mode 'many-to-many', only with 'one-to-many'"),
    ],
)
def test_facts_that_are_refused(facts, message):
    refused(message, cell_tensors("gru"), **facts)


def test_conventions_of_cells_that_are_not_there():
    for key, value in (("update_gate", "keep"), ("reset_after", True)):
        refused(f"{key} has no effect: there is no nn.GRU", cell_tensors("lstm"), **{key: value})


def test_facts_of_the_wrong_kind():
    with pytest.raises(TypeError, match=r"^reset_after must be a bool, not int$"):
        from_state_dict(cell_tensors("gru"), mode="many-to-many", reset_after=1)
    with pytest.raises(TypeError, match=r"^unknown fact 'peepholes'; there are steps, reading, head, "):
        from_state_dict(cell_tensors("gru"), mode="many-to-many", peepholes=True)
    with pytest.raises(TypeError, match=r"^steps must be an int, not float$"):
        from_state_dict(cell_tensors("gru", sizes=(4, 4)), mode="one-to-many", steps=2.0)


@pytest.mark.parametrize(
    "key", ["lstm.peephole_i", "lstm.weight_ci_l0", "W_ci", "cell.w_co", "rnn.weight_cf", "net.PeepholeF"]
)
def test_peepholes_are_refused_by_name(key):
    message = f"tensor {key!r} belongs to an LSTM with peepholes, which is not supported"
    refused(message, cell_tensors("lstm") | {key: np.ones(4)})


def test_projection_is_refused_by_name():
    for key in ("rnn.weight_hr_l0", "rnn.weight_hr_l0_reverse"):
        message = f"tensor {key!r} belongs to an nn.LSTM with proj_size, which is not supported"
        refused(message, cell_tensors("lstm", both=True) | {key: np.ones((2, 4))})


@pytest.mark.parametrize("kind", ROWS)
def test_missing_and_misshapen_tensors_of_either_direction(kind):
    tensors = cell_tensors(kind, sizes=(3, 4, 4), both=True)
    facts = {} if kind != "rnn" else {"nonlinearity": "tanh"}
    for key in tensors:
        short = {name: value for name, value in tensors.items() if name != key}
        refused(f"tensor {key!r} is missing beside the others of its layer", short, **facts)
        rows = tensors[key].shape[0]
        wrong = tensors | {key: np.ones((rows + 1, *tensors[key].shape[1:]))}
        with pytest.raises(RnnhwError, match=rf"^tensor '{key}' must have "):
            from_state_dict(wrong, mode="many-to-many", **facts)
    gates = f"{ROWS[kind]} * hidden" if kind != "rnn" else "hidden"
    rows = ROWS[kind] * 4
    refused(
        f"tensor 'rnn.weight_ih_l0_reverse' must have shape ({rows}, 3) = ({gates}, inputs), not ({rows}, 5)",
        tensors | {"rnn.weight_ih_l0_reverse": np.ones((rows, 5))},
        **facts,
    )
    refused(
        f"tensor 'rnn.weight_ih_l1' must have shape ({rows}, 8) = ({gates}, outputs of the layer below), "
        f"not ({rows}, 4)",
        tensors | {"rnn.weight_ih_l1": np.ones((rows, 4))},
        **facts,
    )
