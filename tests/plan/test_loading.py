"""Which networks a core with loadable weights takes besides its own; what differs is named."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.network import GRU, LSTM, Bidirectional, Dense, Network
from rnnhw.plan import make_plan
from rnnhw.plan.load_image import parse_image
from rnnhw.plan.loading import loaded_memories
from rnnhw.quantize import quantize


def network(seed=1, name="net", **options):
    """A network whose weights and biases depend on the seed, but not the formats."""
    rng = np.random.default_rng(seed)

    def w(*shape):
        values = rng.uniform(-0.4, 0.4, shape)
        values.flat[0] = 0.45  # the same range, so the same format
        return values

    both = Bidirectional(
        LSTM(w(12, 2), w(12, 3), w(12), "there"), GRU(w(12, 2), w(12, 4), w(12), w(4), name="back"), name
    )
    layers = [both, Dense(w(2, 7), w(2), "linear", "out")]
    return quantize(Network(layers, "many-to-one", name), np.full((1, 2, 2), 0.9), **options)


def changed(qnet, number, **fields):
    """The same network with other fields of one layer."""
    layers = list(qnet.layers)
    layers[number] = replace(layers[number], **fields)
    return replace(qnet, layers=tuple(layers))


def with_formats_of(qnet, other):
    """`other` with the calibrated formats of `qnet`."""
    there = replace(other.layers[0].forward, c=qnet.layers[0].forward.c)
    back = replace(other.layers[0].backward, p=qnet.layers[0].backward.p)
    out = replace(other.layers[1], y=qnet.layers[1].y)
    return replace(other, layers=(replace(other.layers[0], forward=there, backward=back), out))


def plan_of(qnet, **hardware):
    return make_plan(qnet, lanes=5, weights="loadable", **hardware)


def test_other_values_are_taken():
    """The image of another network is the one that a core of its own would take, in the same memories."""
    mine = network()
    other = with_formats_of(mine, network(2, "another"))
    plan = plan_of(mine)
    image = plan.load_image(other)
    assert image == plan_of(other).load_image() != plan.load_image()
    assert plan.load_image(mine) == plan.load_image()
    uses = [plan.engines[0].memories[name] for _, name in loaded_memories(plan)]
    words = parse_image(image, [(use.depth, use.width) for use in uses])
    assert words[0] == plan_of(other).engines[0].weight_words


def different():
    mine = network()
    both, out = mine.layers
    yield replace(mine, mode="many-to-many"), "mode must be 'many-to-one' as in the core, not 'many-to-many'"
    yield replace(mine, head="argmax"), "head must be 'none' as in the core, not 'argmax'"
    yield replace(mine, sigmoid="hard"), "sigmoid must be 'logistic' as in the core, not 'hard'"
    yield network(weight_bits=7), "weight_bits must be 8 as in the core, not 7"
    yield network(activation_bits=9), "activation_bits must be 8 as in the core, not 9"
    yield network(table="interpolated"), "table must be 'exact' as in the core, not 'interpolated'"
    yield replace(mine, layers=(both,)), "the core has 2 layers, the network 1"
    yield changed(mine, 1, relu=True), "relu of out must be False as in the core, not True"
    yield changed(mine, 1, y=QFormat(16, 3)), "y of out must be s16."
    yield changed(mine, 1, weight_raw=out.weight_raw[:, :3]), "weight_raw of out must have shape (2, 7), not (2, 3)"
    cell = replace(both.forward, weight_ih=(*both.forward.weight_ih[:3], QFormat(8, 1)))
    yield changed(mine, 0, forward=cell), "weight_ih of there must be s8."
    cell = replace(both.forward, initial_raw=np.ones(6))
    yield changed(mine, 0, forward=cell), "the initial state of there is fixed in the core (see load_state)"
    swapped = changed(mine, 0, forward=both.backward, backward=both.forward)
    yield swapped, "layer there of the core is of another kind than back"
    yield changed(mine, 1, bias_raw=out.bias_raw + (1 << 40)), "the biases of out are too large for the core's "


DIFFERENT = list(different())


@pytest.mark.parametrize(("other", "message"), DIFFERENT, ids=[message[:30] for _, message in DIFFERENT])
def test_what_differs_is_named(other, message):
    with pytest.raises(RnnhwError) as raised:
        plan_of(network()).load_image(other)
    assert str(raised.value).startswith(message)


def test_initial_states_do_not_count_where_they_are_loaded():
    mine = network()
    other = changed(mine, 0, forward=replace(mine.layers[0].forward, initial_raw=np.ones(6)))
    assert plan_of(mine, load_state=True).load_image(other) == plan_of(mine, load_state=True).load_image()


def test_fixed_weights_take_no_image():
    with pytest.raises(RnnhwError, match='the core has fixed weights; weights="loadable" makes one that takes others'):
        make_plan(network()).load_image()
