# amaranth: UnusedElaboratable=no
"""A stimulus checks itself, and says what is wrong with it in one line; so do ports."""

import numpy as np
import pytest
from amaranth.hdl import signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.emit.ports import Channel, Field, FlatTop, Ports
from rnnhw.errors import RnnhwError
from rnnhw.sim.outcome import Record, SimulationError
from rnnhw.sim.stimulus import Probe, Sink, Source, Stimulus
from tests.sim.several import Several

GOOD = {"beats": {"data": [1, -2, 3], "last": [0, 0, 1]}}


def test_arrays_are_copied_and_frozen():
    values = np.array([1, 2, 3], np.int16)
    source = Source({"data": values})
    values[0] = 99
    assert source.beats["data"].tolist() == [1, 2, 3]
    assert source.beats["data"].dtype == np.int64
    with pytest.raises(ValueError, match="read-only"):
        source.beats["data"][0] = 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beats": {}}, "a source's beats must have at least one field"),
        ({"beats": {"data": [1, 2, 3], "last": [0, 0, 0, 1]}}, "last must have one entry per beat, 3, not 4"),
        ({"not_before": [0, 0]}, "not_before must have one entry per beat, 3, not 2"),
        ({"beats": {"data": [[1, 2, 3]]}}, "data must have 1 dimension, not 2"),
        ({"beats": {"data": np.array([1, 2, 1 << 63], np.uint64)}}, f"data must be below 2**63, not {1 << 63}"),
        ({"pattern": ()}, "a pattern must be None or a tuple of 0 and 1, at least one long, not ()"),
        ({"pattern": (0, 2)}, "a pattern must be None or a tuple of 0 and 1, at least one long, not (0, 2)"),
        ({"pattern": (0, 0)}, "a pattern must hold a 1: with zeros alone nothing ever moves"),
    ],
)
def test_refusals(change, message):
    with pytest.raises(RnnhwError) as error:
        Source(**(GOOD | change))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sink(-1), "beats of a sink must be at least 0, not -1"),
        (lambda: Sink(1, (0,)), "a pattern must hold a 1: with zeros alone nothing ever moves"),
        (lambda: Stimulus(max_cycles=0), "max_cycles must be at least 1, not 0"),
        (lambda: Stimulus(reset_at=-1), "reset_at must be at least 0, not -1"),
    ],
)
def test_refusals_of_the_others(make, message):
    with pytest.raises(RnnhwError) as error:
        make()
    assert str(error.value) == message


def test_floats_are_the_wrong_kind():
    with pytest.raises(TypeError, match=r"^data must hold integers, not float64$"):
        Source({"data": [1.0, 2.0, 3.0]})


@pytest.mark.parametrize(("value", "width"), [(-2, 1), (1, 1), (128, 8), (-129, 8), (1 << 32, 33)])
def test_values_are_checked_at_both_ends(value, width):
    ports = Ports((Channel("i", True, (Field("data", width, True),)),))
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    with pytest.raises(RnnhwError) as error:
        Stimulus({"i": Source({"data": [0, value, 0]})}).fit(ports)
    assert str(error.value) == f"i_data must be in {low}..{high} for {width} bits, not {value}"
    Stimulus({"i": Source({"data": [low, high, 0]})}).fit(ports)


def test_beats_are_packed_and_unpacked():
    """Random beats of random fields, and what a word is by hand."""
    channel = Channel("i", True, (Field("data", 3, True), Field("first", 1), Field("last", 2)))
    words = channel.pack({"data": np.array([-1, 3]), "first": np.array([0, 1]), "last": np.array([2, 1])})
    assert words.tolist() == [0b10_0_111, 0b01_1_011]
    rng = np.random.default_rng(8)
    for _ in range(50):
        widths = rng.integers(1, 33, rng.integers(1, 4))
        fields = tuple(Field(f"f{k}", min(int(w), 21), bool(rng.integers(2))) for k, w in enumerate(widths))
        fields += (Field("rest", 64 - sum(field.width for field in fields), True),)
        columns = {f.name: rng.integers(f.limits[0], f.limits[1], 9, endpoint=True) for f in fields}
        channel = Channel("x", False, fields)
        words = channel.pack(columns)
        assert channel.unpack(words) == {name: values.tolist() for name, values in columns.items()}
        for field, position in channel.places():
            assert [field.read(word >> position) for word in words.tolist()] == columns[field.name].tolist()


@pytest.mark.parametrize("width", [0, 65])
def test_width_itself(width):
    with pytest.raises(RnnhwError) as error:
        Channel("i", True, (Field("data", width),))
    assert str(error.value) == f"the width of stream i must be in 1..64, not {width}"


def test_ports_of_a_component():
    ports = Ports.of(Several())
    assert [channel.name for channel in ports.inputs] == ["i", "load", "state"]
    assert [channel.name for channel in ports.outputs] == ["o", "final"]
    assert ports.channels[0].fields == (Field("data", 8, True), Field("first", 1), Field("last", 1), Field("stream", 2))
    assert ports.status == (Field("loaded", 1), Field("load_error", 1), Field("balance", 5, True))
    names = (
        "clk rst i_valid i_data i_first i_last i_stream o_ready load_valid load_data load_last state_valid state_data"
    )
    names += (
        " final_ready i_ready o_valid o_data o_last o_stream load_ready state_ready final_valid final_data final_last"
    )
    assert list(FlatTop(Several()).ports()) == f"{names} loaded load_error balance".split()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"go": In(1)}, "port go must be a stream or a plain output"),
        ({"i": In(stream.Signature(unsigned(8)))}, "the payload of stream i must be a StructLayout, not unsigned(8)"),
        (
            {"o": Out(stream.Signature(data.StructLayout({"data": signed(64), "last": 1})))},
            "the width of stream o must be in 1..64, not 65",
        ),
    ],
)
def test_ports_that_cannot_be(members, message):
    class Odd(wiring.Component):
        def __init__(self):
            super().__init__(members)

    with pytest.raises(RnnhwError) as error:
        Ports.of(Odd())
    assert str(error.value) == message


def test_probe_paths():
    with pytest.raises(TypeError, match=r"^path of probe 'p' must be a tuple of names, not a string$"):
        Probe("p", "engine.total", ("v",))
    with pytest.raises(RnnhwError, match=r"^valid of probe 'p' must be a tuple of names, not \(\)$"):
        Probe("p", ("v",), ())
    assert Probe("p", ["a", "b"], ["v"]).path == ("a", "b")


def test_unknown_status_is_an_error():
    with pytest.raises(SimulationError, match=r"^unknown outcome 'odd'$"):
        Record(outcome="odd").transcript(Stimulus())
