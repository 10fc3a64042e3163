# amaranth: UnusedElaboratable=no
"""All simulators run the same stimulus alike: the same beats in the same cycles, and the same errors."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.sim import amaranth_backend
from rnnhw.sim.outcome import ExtraOutput, SimulationTimeout, StreamViolation
from rnnhw.sim.stimulus import Probe, Stimulus
from tests.sim.dut import PROBES, WEIGHTS, Dut, Table, Wire, expected_outputs, io_stimulus, sequences, stimulus

QUICK = ("amaranth", "cxxrtl", "icarus")
# Verilator takes seconds to build: its tests are few, and one worker should run them all.
VERILATOR = pytest.param("verilator", marks=pytest.mark.xdist_group("verilator"))
ALL = (*QUICK, VERILATOR)
OTHERS = ALL[1:]
LENGTHS = (1, 3, 8, 2, 17)


def random_pattern(seed: int, length: int, share: float) -> tuple[int, ...]:
    return (1, *(np.random.default_rng(seed).random(length - 1) < share).astype(int).tolist())


SCENARIOS = {
    "no stalls": {},
    "slow source": {"i_pattern": random_pattern(1, 13, 0.1)},
    "slow sink": {"o_pattern": random_pattern(2, 29, 0.1)},
    "both random": {"i_pattern": random_pattern(3, 31, 0.5), "o_pattern": random_pattern(4, 37, 0.3)},
    "not before": {"not_before": np.arange(31) * 19 + 40},
    "blocked sink": {"o_pattern": (0,) * 150 + (1,) * 7},
}


@pytest.fixture(scope="module")
def references():
    """The transcripts of Amaranth's simulator."""
    return {
        name: amaranth_backend.Model(Dut(), PROBES).run(stimulus(LENGTHS, **options))
        for name, options in SCENARIOS.items()
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_reference_is_right(references, scenario):
    values, first, last = sequences(LENGTHS)
    transcript = references[scenario]
    assert transcript.outputs["o"].beats["data"] == expected_outputs(values, first)
    assert transcript.outputs["o"].beats["last"] == last.tolist()
    assert len(transcript.inputs["i"]) == len(transcript.outputs["o"].cycles) == 31
    assert transcript.cycles == max(transcript.inputs["i"] + transcript.outputs["o"].cycles) + 1 + 64
    options = SCENARIOS[scenario]
    for cycle in transcript.outputs["o"].cycles:
        assert options.get("o_pattern", (1,))[cycle % len(options.get("o_pattern", (1,)))] == 1
    for cycle, earliest in zip(transcript.inputs["i"], options.get("not_before", [0] * 31), strict=True):
        assert cycle >= earliest
    assert transcript.probes["product"][:3] == (values[:3] * [WEIGHTS[0], WEIGHTS[0], WEIGHTS[1]]).tolist()
    assert len(transcript.probes["product"]) == 31


def test_first_beat_without_stalls(references):
    transcript = references["no stalls"]
    assert transcript.inputs["i"][:2] == [0, 6]
    assert transcript.outputs["o"].cycles[:2] == [7, 13]


@pytest.mark.parametrize("simulator", OTHERS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_same_transcript(simulators, references, simulator, scenario):
    transcript = simulators.run(simulator, Dut(), stimulus(LENGTHS, **SCENARIOS[scenario]), PROBES)
    assert transcript == references[scenario]
    assert transcript.seconds > 0


@pytest.mark.parametrize("simulator", ALL)
def test_nothing_to_do(simulators, simulator):
    transcript = simulators.run(simulator, Dut(), Stimulus())
    assert (transcript.outputs["o"].cycles, transcript.inputs["i"], transcript.cycles) == ([], [], 64)


@pytest.mark.parametrize("simulator", ALL)
def test_watchdog(simulators, simulator):
    with pytest.raises(SimulationTimeout) as error:
        simulators.run(simulator, Dut(), stimulus((2, 3), outputs=6, max_cycles=123))
    assert str(error.value) == ("not complete after 123 cycles: 5 of 5 beats of i taken, 5 of 6 beats of o received")


@pytest.mark.parametrize("simulator", ALL)
def test_watchdog_counts_exactly(simulators, simulator):
    """The last beat comes in cycle 7 + 4 * 6 = 31: 32 cycles are enough, 31 are not."""
    assert simulators.run(simulator, Dut(), stimulus((5,), max_cycles=32)).outputs["o"].cycles[-1] == 31
    with pytest.raises(SimulationTimeout, match="5 beats of i taken, 4 of 5 beats of o"):
        simulators.run(simulator, Dut(), stimulus((5,), max_cycles=31))


@pytest.mark.parametrize("simulator", ALL)
def test_extra_output(simulators, simulator):
    values, first, _ = sequences((2, 3))
    with pytest.raises(ExtraOutput) as error:
        simulators.run(simulator, Dut(), stimulus((2, 3), outputs=4))
    data = expected_outputs(values, first)[4]
    assert str(error.value) == (f"beat 4 of o offered in cycle 31, but only 4 were expected: data {data}, last 1")


@pytest.mark.parametrize("simulator", QUICK)
def test_extra_output_after_the_end(simulators, simulator):
    """A design that repeats its last beat is found out although every wanted beat was right."""
    with pytest.raises(ExtraOutput, match=r"^beat 1 of o offered in cycle 8, but only 1 were expected"):
        simulators.run(simulator, Dut("extra"), stimulus((1,)))


@pytest.mark.parametrize("simulator", QUICK)
@pytest.mark.parametrize("fault", ["fickle", "coward"])
def test_stream_violation(simulators, simulator, fault):
    with pytest.raises(StreamViolation) as error:
        simulators.run(simulator, Dut(fault), stimulus(o_pattern=(1, 0, 0)))
    message = "beat 0 of o was taken back or changed in cycle 8, while it waited for o_ready"
    assert str(error.value) == message


@pytest.mark.parametrize("simulator", QUICK)
def test_deaf_design(simulators, simulator):
    with pytest.raises(SimulationTimeout, match="200 cycles: 3 of 31 beats of i taken, 3 of 31 beats of o"):
        simulators.run(simulator, Dut("deaf"), stimulus(max_cycles=200))


@pytest.mark.parametrize("simulator", QUICK)
@pytest.mark.parametrize("width", [1, 33, 62])
def test_widths_and_combinational_paths(simulators, simulator, width):
    rng = np.random.default_rng(width)
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    data = np.concatenate([[low, high, -1, 0], rng.integers(low, high, size=20, endpoint=True)])
    last = rng.integers(0, 2, size=24)
    patterns = {"i_pattern": (1, 0, 1, 1), "o_pattern": (1, 1, 0, 1, 0)}
    wanted = io_stimulus(data, last * 0, last, outputs=24, max_cycles=200, **patterns)
    transcript = simulators.run(simulator, Wire(width), wanted)
    assert transcript.outputs["o"].beats["data"] == data.tolist()
    assert transcript.outputs["o"].beats["last"] == last.tolist()
    assert transcript.inputs["i"] == transcript.outputs["o"].cycles
    assert transcript.inputs["i"][:6] == [0, 3, 5, 6, 8, 10]


@pytest.mark.parametrize("simulator", QUICK)
def test_wide_memory(simulators, simulator):
    rows = [int.from_bytes(np.random.default_rng(5).bytes(10), "little") ^ (k << 50) for k in range(128)]
    data = np.arange(127, -1, -1)
    wanted = io_stimulus(data, data * 0, data * 0, outputs=128, max_cycles=500)
    raw = [row >> 40 & 0xFFFFF for row in reversed(rows)]
    transcript = simulators.run(simulator, Table(rows), wanted)
    assert transcript.outputs["o"].beats["data"] == [value - (1 << 20) if value >> 19 else value for value in raw]


@pytest.mark.parametrize("simulator", ALL)
def test_waveform_only_when_asked(simulators, simulator):
    assert simulators.run(simulator, Dut(), stimulus((2,))).waveform is None
    folder = simulators.root / simulator
    for old in [*folder.glob("wave.*")]:
        old.unlink()
    assert simulators.run(simulator, Dut(), stimulus((2,))).waveform is None
    assert not [*folder.rglob("*.vcd"), *folder.rglob("*.fst")]
    waveform = simulators.run(simulator, Dut(), stimulus((2,)), waveform=True).waveform
    assert waveform.parent == folder
    assert waveform.stat().st_size > 1000
    if waveform.suffix == ".vcd":
        assert "product_valid" in waveform.read_text()


@pytest.mark.parametrize("simulator", ["amaranth", "cxxrtl"])
def test_probe_that_is_not_there(simulators, simulator):
    with pytest.raises(RnnhwError) as error:
        simulators.run(simulator, Dut(), stimulus((1,)), (Probe("p", ("engine", "nope"), ("o__valid",)),))
    assert str(error.value) == "no 'nope' on the way to probe engine.nope"
    with pytest.raises(RnnhwError) as error:
        simulators.run(simulator, Dut(), stimulus((1,)), (Probe("p", ("engine",), ("o__valid",)),))
    assert str(error.value) == "probe engine must be a signal, not Engine"


@pytest.mark.parametrize("simulator", QUICK)
def test_probe_names_must_differ(simulators, simulator):
    with pytest.raises(RnnhwError) as error:
        simulators.run(simulator, Dut(), stimulus((1,)), PROBES[:1] * 2)
    assert str(error.value) == "probe names must differ, but 2 are called 'product'"


@pytest.mark.parametrize("simulator", QUICK)
def test_beat_that_does_not_fit(simulators, simulator):
    with pytest.raises(RnnhwError) as error:
        simulators.run(simulator, Dut(), stimulus((2,), data=[5, 128]))
    assert str(error.value) == "i_data must be in -128..127 for 8 bits, not 128"
