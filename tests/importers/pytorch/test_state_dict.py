"""PyTorch's tensors become layers, or are refused by name."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_state_dict


def lstm_tensors(prefix="lstm.", sizes=(3, 4), bias=True, seed=0):
    """Random tensors of one nn.LSTM with len(sizes) - 1 layers."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for k in range(len(sizes) - 1):
        inputs, hidden = sizes[k], sizes[k + 1]
        shapes = {"weight_ih": (4 * hidden, inputs), "weight_hh": (4 * hidden, hidden)}
        if bias:
            shapes |= {"bias_ih": (4 * hidden,), "bias_hh": (4 * hidden,)}
        for part, shape in shapes.items():
            tensors[f"{prefix}{part}_l{k}"] = rng.normal(size=shape).astype(np.float32)
    return tensors


def linear_tensors(prefix="fc.", inputs=4, outputs=2, bias=True, seed=1):
    rng = np.random.default_rng(seed)
    tensors = {f"{prefix}weight": rng.normal(size=(outputs, inputs))}
    return tensors | ({f"{prefix}bias": rng.normal(size=outputs)} if bias else {})


def small():
    return lstm_tensors() | linear_tensors()


def refused(message, tensors, **options):
    with pytest.raises(RnnhwError) as caught:
        from_state_dict(tensors, **({"mode": "many-to-one"} | options))
    assert str(caught.value) == message


@pytest.mark.parametrize("prefix", ["", "lstm.", "model.rnn.", "0."])
def test_any_prefix_and_several_layers(prefix):
    tensors = lstm_tensors(prefix, (3, 4, 4)) | linear_tensors("head.out.")
    net = from_state_dict(tensors, mode="many-to-one", name="demo")
    assert [layer.name for layer in net.layers] == ["lstm0", "lstm1", "dense0"]
    assert (net.mode, net.name) == ("many-to-one", "demo")
    for k, layer in enumerate(net.layers[:2]):
        assert (layer.weight_ih == tensors[f"{prefix}weight_ih_l{k}"]).all()
        assert (layer.weight_hh == tensors[f"{prefix}weight_hh_l{k}"]).all()
        summed = tensors[f"{prefix}bias_ih_l{k}"].astype(float) + tensors[f"{prefix}bias_hh_l{k}"].astype(float)
        assert (layer.bias == summed).all()
    assert (net.layers[2].weight == tensors["head.out.weight"]).all()
    assert (net.layers[2].bias == tensors["head.out.bias"]).all()
    assert net.layers[2].activation == "linear"


def test_biases_may_be_absent():
    net = from_state_dict(lstm_tensors(bias=False) | linear_tensors(bias=False), mode="many-to-many")
    assert (net.layers[0].bias == 0).all()
    assert net.layers[0].bias.shape == (16,)
    assert (net.layers[1].bias == 0).all()
    assert net.layers[1].bias.shape == (2,)


def test_biases_whose_sum_overflows():
    change = dict.fromkeys(("lstm.bias_ih_l0", "lstm.bias_hh_l0"), np.full(16, 1e308))
    refused("bias of LSTM 'lstm0' must be finite, but holds NaN or infinity at [0]", small() | change)


def test_half_precision_is_exact():
    tensors = {key: array.astype(np.float16) for key, array in lstm_tensors().items()}
    net = from_state_dict(tensors, mode="many-to-one")
    assert (net.layers[0].weight_ih == tensors["lstm.weight_ih_l0"].astype(np.float64)).all()


def test_stacked_modules_in_the_order_that_their_shapes_allow():
    tensors = lstm_tensors("b.", (4, 6, 6)) | lstm_tensors("a.", (6, 5)) | lstm_tensors("z.", (3, 4))
    net = from_state_dict(tensors, mode="many-to-one")
    assert [layer.input_size for layer in net.layers] == [3, 4, 6, 6]
    assert net.output_size == 5


def test_layers_settle_what_the_shapes_leave_open():
    tensors = lstm_tensors("one.", (4, 4), seed=1) | lstm_tensors("two.", (4, 4), seed=2)
    tensors |= linear_tensors("fc1.", 4, 4, seed=3) | linear_tensors("fc2.", 4, 4, seed=4)
    net = from_state_dict(tensors, mode="many-to-one", layers="two, one, fc2, relu, fc1")
    assert (net.layers[0].weight_ih == tensors["two.weight_ih_l0"]).all()
    assert (net.layers[1].weight_ih == tensors["one.weight_ih_l0"]).all()
    assert (net.layers[2].weight == tensors["fc2.weight"]).all()
    assert (net.layers[3].weight == tensors["fc1.weight"]).all()
    assert [layer.activation for layer in net.layers[2:]] == ["relu", "linear"]
    same = from_state_dict(tensors, metadata={"mode": "many-to-one", "layers": "two,one,fc2,relu,fc1", "format": "pt"})
    assert same == net
    listed = from_state_dict(tensors, mode="many-to-one", layers=["one", "two", "fc1", "fc2", "relu"])
    assert [layer.activation for layer in listed.layers[2:]] == ["linear", "relu"]


def test_metadata_gives_mode_and_name_and_arguments_win():
    facts = {"mode": "many-to-many", "name": "stored"}
    net = from_state_dict(small(), metadata=facts)
    assert (net.mode, net.name) == ("many-to-many", "stored")
    assert from_state_dict(small(), metadata=facts, mode="many-to-many", name="mine").name == "mine"
    refused("mode 'many-to-one' contradicts the file, which says 'many-to-many'", small(), metadata=facts)
    refused(
        "mode must be 'one-to-one', 'one-to-many', 'many-to-one' or 'many-to-many', not 'seq'",
        small(),
        metadata={"mode": "seq"},
        mode=None,
    )


def test_mode_is_asked_for():
    refused(
        "a state dict does not tell how a sequence is answered: "
        "give mode='one-to-one', 'one-to-many', 'many-to-one' or 'many-to-many' (--mode on the command line)",
        small(),
        mode=None,
    )


NOT_UNDERSTOOD = (
    " is not understood: only those of nn.LSTM, nn.GRU and nn.RNN "
    "(weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 ...) and nn.Linear (weight, bias) are"
)


@pytest.mark.parametrize("key", ["bn.running_mean", "lstm.weight_ih", "lstm.weight_ih_l00", "weights", "fc.weight_g"])
def test_unknown_names(key):
    refused(f"tensor {key!r}{NOT_UNDERSTOOD}", small() | {key: np.ones((16, 3))})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"lstm.weight_ih_l0_reverse": np.ones((16, 3))},
            "tensor 'lstm.weight_hh_l0_reverse' is missing beside the others of its layer",
        ),
        (
            {"lstm.weight_hr_l0": np.ones((2, 4))},
            "tensor 'lstm.weight_hr_l0' belongs to an nn.LSTM with proj_size, which is not supported",
        ),
        (
            {"lstm.weight_hh_l0": np.ones((12, 4))},
            "tensor 'lstm.weight_ih_l0' must have shape (12, any) = (3 * hidden, inputs), not (16, 3)",
        ),
        (
            {"lstm.weight_hh_l0": np.ones((4, 4))},
            "tensor 'lstm.weight_ih_l0' must have shape (4, any) = (hidden, inputs), not (16, 3)",
        ),
        (
            {"lstm.weight_hh_l0": np.ones((15, 4))},
            "tensor 'lstm.weight_hh_l0' must have 4 (nn.LSTM), 3 (nn.GRU) or 1 (nn.RNN) rows a unit, not 15 rows for 4",
        ),
        (
            {"lstm.weight_hh_l0": np.ones(16)},
            "tensor 'lstm.weight_hh_l0' must have shape (any, any) = (gates * hidden, hidden), not (16,)",
        ),
        (
            {"lstm.weight_ih_l0": np.ones((12, 3))},
            "tensor 'lstm.weight_ih_l0' must have shape (16, any) = (4 * hidden, inputs), not (12, 3)",
        ),
        (
            {"lstm.bias_hh_l0": np.ones(12)},
            "tensor 'lstm.bias_hh_l0' must have shape (16,) = (4 * hidden,), not (12,)",
        ),
        (
            {"lstm.weight_ih_l2": np.ones((16, 4))},
            "tensor 'lstm.weight_ih_l1' is missing, but there are tensors of layer 2",
        ),
        (
            {"lstm.weight_ih_l1": np.ones((16, 4))},
            "tensor 'lstm.weight_hh_l1' is missing beside the others of its layer",
        ),
        (
            lstm_tensors(sizes=(3, 4, 4)) | {"lstm.weight_ih_l1": np.ones((16, 5))},
            "tensor 'lstm.weight_ih_l1' must have shape (16, 4) = (4 * hidden, outputs of the layer below), "
            "not (16, 5)",
        ),
        (
            {"fc.weight": np.ones(4)},
            "tensor 'fc.weight' must have shape (any, any) = (outputs, inputs) of an nn.Linear, not (4,)",
        ),
        (
            {"fc.bias": np.ones(3)},
            "tensor 'fc.bias' must have shape (2,) = (outputs,) of an nn.Linear, not (3,)",
        ),
        (
            {"fc.weight": np.ones((2, 5))},
            "linear layer 'fc' must take the 4 outputs of the recurrent layers, but has 5 inputs",
        ),
        ({"out.bias": np.ones(3)}, "tensor 'out.weight' is missing beside 'out.bias'"),
        (
            {"fc.weight": np.ones((2, 4), dtype=np.int64)},
            "tensor 'fc.weight' must be floating point, not dtype int64",
        ),
        ({"fc.weight": np.zeros((2, 0))}, "tensor 'fc.weight' must not be empty, its shape is (2, 0)"),
        (
            {"fc.weight": np.diag([1.0, np.nan])},
            "tensor 'fc.weight' must be finite, but holds NaN or infinity at [1, 1]",
        ),
        (
            {"lstm.bias_ih_l0": np.full(16, -np.inf)},
            "tensor 'lstm.bias_ih_l0' must be finite, but holds NaN or infinity at [0]",
        ),
    ],
)
def test_refused_by_name(change, message):
    refused(message, small() | change)


@pytest.mark.parametrize("key", ["weight_ih", "weight_hh", "bias_ih", "bias_hh"])
def test_missing_partner(key):
    tensors = small()
    del tensors[f"lstm.{key}_l0"]
    refused(f"tensor 'lstm.{key}_l0' is missing beside the others of its layer", tensors)


def test_no_lstm():
    refused("no nn.LSTM, nn.GRU or nn.RNN found: there is no tensor named weight_ih_l0", linear_tensors())
    refused("no nn.LSTM, nn.GRU or nn.RNN found: there is no tensor named weight_ih_l0", {})


def test_orders_that_shapes_do_not_settle():
    two = lstm_tensors("a.", (4, 4)) | lstm_tensors("b.", (4, 4))
    how = "give layers= with the modules in the order in which they run, such as layers="
    refused(f"the recurrent modules 'a', 'b' chain in more than one order: {how}'a,b,fc'", two | linear_tensors())
    apart = lstm_tensors("a.", (3, 4)) | lstm_tensors("b.", (3, 4))
    refused("the sizes of the recurrent modules 'a', 'b' do not chain in any order", apart)
    heads = lstm_tensors() | linear_tensors("fc1.", 4, 7) | linear_tensors("fc2.", 7, 2)
    message = "a state dict does not tell what stands between the linear layers 'fc1', 'fc2': "
    refused(f"{message}{how}'lstm,fc1,relu,fc2'", heads)


@pytest.mark.parametrize("linear", [linear_tensors(outputs=4), linear_tensors(outputs=9, bias=False)])
def test_a_layer_that_could_stand_before_the_lstm(linear):
    tensors = lstm_tensors(sizes=(4, 4)) | linear
    refused(
        "linear layer 'fc' could by its shape stand before the recurrent layers (nn.Linear, nn.Embedding) "
        "as well as behind it: give layers= with the modules in the order in which they run, "
        "such as layers='lstm,fc'",
        tensors,
    )
    assert from_state_dict(tensors, mode="many-to-one", layers="lstm,fc").layers[1].kind == "dense"


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("lstm,fcc", "layers names 'fcc', but the modules are 'lstm', 'fc' (and 'relu')"),
        ("lstm", "layers does not name module 'fc'"),
        ("lstm,fc,fc", "layers names module 'fc' twice"),
        ("lstm,relu,fc", "'relu' in layers must stand directly behind a linear layer"),
        ("relu,lstm,fc", "'relu' in layers must stand directly behind a linear layer"),
        ("fc,lstm", "a network must begin with a recurrent layer"),
    ],
)
def test_layers_refused(layers, message):
    refused(message, small(), layers=layers)


def test_wrong_kinds():
    with pytest.raises(TypeError, match=r"^tensors must be a mapping of names to arrays, not list$"):
        from_state_dict([], mode="many-to-one")
    with pytest.raises(TypeError, match=r"^names of tensors must be str, not int$"):
        from_state_dict({1: np.ones(2)}, mode="many-to-one")
    with pytest.raises(TypeError, match=r"^layers must be a str or a sequence of str$"):
        from_state_dict(small(), mode="many-to-one", layers=[1])
