"""Which networks a core with loadable weights takes besides its own; what differs is named."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.network import GRU, LSTM, Bidirectional, Dense, Network
from rnnhw.plan.interchange import check_like
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


def test_other_values_are_taken():
    mine = network()
    other = with_formats_of(mine, network(2, "another"))
    assert not np.array_equal(mine.layers[1].weight_raw, other.layers[1].weight_raw)
    check_like(mine, other)


def different():
    mine = network()
    both, out = mine.layers
    yield replace(mine, mode="many-to-many"), "mode must be many-to-one, as the core was made, not many-to-many"
    yield replace(mine, head="argmax"), "head must be none, as the core was made, not argmax"
    yield replace(mine, sigmoid="hard"), "sigmoid must be logistic, as the core was made, not hard"
    yield network(weight_bits=7), "weight_bits must be 8, as the core was made, not 7"
    yield network(activation_bits=9), "activation_bits must be 8, as the core was made, not 9"
    yield network(table="interpolated"), "the kind of table must be exact, as the core was made, not interpolated"
    yield replace(mine, layers=(both,)), "the number of layers must be 2, as the core was made, not 1"
    yield changed(mine, 1, relu=True), "out.relu must be False, as the core was made, not True"
    yield changed(mine, 1, y=QFormat(16, 3)), "out.y must be "
    yield changed(mine, 1, weight_raw=out.weight_raw[:, :3]), "the shape of out.weight_raw must be 2, 7, as the core"
    cell = replace(both.forward, weight_ih=(*both.forward.weight_ih[:3], QFormat(8, 1)))
    yield changed(mine, 0, forward=cell), "there.weight_ih must be "
    cell = replace(both.forward, initial_raw=np.ones(6))
    yield changed(mine, 0, forward=cell), "there.initial_raw must be as in the core's own network: it is not loaded"
    yield changed(mine, 0, forward=both.backward, backward=both.forward), "the kind of back must be lstm, as the core"


DIFFERENT = list(different())


@pytest.mark.parametrize(("other", "message"), DIFFERENT, ids=[message[:30] for _, message in DIFFERENT])
def test_what_differs_is_named(other, message):
    with pytest.raises(RnnhwError) as raised:
        check_like(network(), other)
    assert str(raised.value).startswith(message)


def test_initial_states_do_not_count_where_they_are_loaded():
    mine = network()
    cell = replace(mine.layers[0].forward, initial_raw=np.ones(6))
    check_like(mine, changed(mine, 0, forward=cell), states=False)
