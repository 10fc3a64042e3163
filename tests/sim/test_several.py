# amaranth: UnusedElaboratable=no
"""Several streams each way, in every simulator: alike with and without stalls, and after a reset at any cycle."""

import numpy as np
import pytest

from rnnhw.emit.bench_files import write_bench
from rnnhw.emit.ports import Ports
from rnnhw.errors import RnnhwError
from rnnhw.sim import ExtraOutput, SimulationTimeout, StreamViolation, VectorMismatch, amaranth_backend, cocotb_backend
from rnnhw.sim.stimulus import Probe, Sink, Source, Stimulus
from tests.sim.conftest import write_verilog
from tests.sim.several import IMAGE, Several, several_stimulus

QUICK = ("amaranth", "cxxrtl", "icarus")
VERILATOR = pytest.param("verilator", marks=pytest.mark.xdist_group("verilator"))
ALL = (*QUICK, VERILATOR)
PROBE = (Probe("total", ("total",), ("o__valid",), signed=True),)
STREAMS = ("i", "load", "state", "o", "final")


def random_patterns(seed: int) -> dict:
    rng = np.random.default_rng(seed)
    return {name: (1, *rng.integers(0, 2, 5 + 7 * k).tolist()) for k, name in enumerate(STREAMS)}


SCENARIOS = {
    "no stalls": {},
    "all stall": {"patterns": random_patterns(1)},
    "final blocked": {"patterns": {"final": (0,) * 40 + (1,)}},
    "state late": {"patterns": {"state": (0,) * 50 + (1,)}},
    "many": {"lengths": (1, 2, 3, 4, 5, 1), "patterns": random_patterns(2)},
}


RESETS = [("no stalls", 0), ("no stalls", 1), ("all stall", 3), ("all stall", 26), ("all stall", 500)]


@pytest.fixture(scope="module")
def references():
    return {
        name: amaranth_backend.Model(Several(), PROBE).run(several_stimulus(**options)[0])
        for name, options in SCENARIOS.items()
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_reference_is_right(references, scenario):
    transcript = references[scenario]
    stimulus, wanted = several_stimulus(**SCENARIOS[scenario])
    assert {name: received.beats for name, received in transcript.outputs.items()} == wanted
    assert {name: len(cycles) for name, cycles in transcript.inputs.items()} == {
        name: len(source) for name, source in stimulus.sources.items()
    }
    total = wanted["o"]["data"][-1] - sum(IMAGE) % 256
    assert transcript.status == {"loaded": 1, "load_error": 0, "balance": -(total % 16)}
    times = [*transcript.inputs.values(), *(received.cycles for received in transcript.outputs.values())]
    assert transcript.cycles == max(map(max, times)) + 1 + 64
    patterns = SCENARIOS[scenario].get("patterns", {})
    for name, received in transcript.outputs.items():
        pattern = patterns.get(name, (1,))
        assert all(pattern[cycle % len(pattern)] for cycle in received.cycles)


@pytest.mark.parametrize("simulator", ALL[1:])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_same_transcript(simulators, references, simulator, scenario):
    stimulus, _ = several_stimulus(**SCENARIOS[scenario])
    assert simulators.run(simulator, Several(), stimulus, PROBE) == references[scenario]


@pytest.mark.parametrize("simulator", ALL)
@pytest.mark.parametrize(
    ("scenario", "reset_at"),
    [("no stalls", 0), ("no stalls", 1), ("all stall", 3), ("all stall", 26), ("all stall", 500)],
)
def test_after_a_reset_all_is_as_in_a_fresh_run(simulators, references, simulator, scenario, reset_at):
    """In the middle of loading, of a sequence, and long after everything has been said."""
    stimulus, _ = several_stimulus(**SCENARIOS[scenario], reset_at=reset_at)
    assert simulators.run(simulator, Several(), stimulus, PROBE) == references[scenario]


@pytest.mark.parametrize("simulator", QUICK)
def test_plain_outputs_tell(simulators, simulator):
    stimulus, _ = several_stimulus(image=IMAGE[:3])
    transcript = simulators.run(simulator, Several(), stimulus)
    assert (transcript.status["loaded"], transcript.status["load_error"]) == (1, 1)


@pytest.mark.parametrize("simulator", QUICK)
def test_an_extra_beat_on_the_other_stream(simulators, simulator):
    with pytest.raises(ExtraOutput) as error:
        simulators.run(simulator, Several("extra"), several_stimulus((2, 1))[0])
    assert str(error.value).startswith("beat 4 of final offered in cycle ")
    assert str(error.value).endswith(", but only 4 were expected: data 3, last 1")


@pytest.mark.parametrize("simulator", QUICK)
@pytest.mark.parametrize("fault", ["fickle", "coward"])
@pytest.mark.parametrize("reset_at", [None, 100])
def test_a_violation_on_the_other_stream(simulators, simulator, fault, reset_at):
    """Also before the reset."""
    stimulus, _ = several_stimulus(patterns={"final": (0,) * 60 + (1,)}, reset_at=reset_at)
    with pytest.raises(StreamViolation, match=r"^beat 0 of final was taken back or changed in cycle 1\d, while it wai"):
        simulators.run(simulator, Several(fault), stimulus)


@pytest.mark.parametrize("simulator", ALL)
def test_watchdog_names_all_streams(simulators, simulator):
    stimulus, _ = several_stimulus(finals=7)
    with pytest.raises(SimulationTimeout) as error:
        simulators.run(simulator, Several(), stimulus)
    counts = "9 of 9 beats of i taken, 4 of 4 beats of load taken, 3 of 3 beats of state taken"
    received = "9 of 9 beats of o received, 6 of 7 beats of final received"
    assert str(error.value) == f"not complete after 3000 cycles: {counts}, {received}"


@pytest.mark.parametrize("simulator", QUICK)
@pytest.mark.parametrize(
    ("stimulus", "message"),
    [
        (Stimulus({"x": Source({"data": [1]})}), "the design has no input stream 'x': it has i, load, state"),
        (Stimulus({}, {"i": Sink(1)}), "the design has no output stream 'i': it has o, final"),
        (Stimulus({"load": Source({"data": [1]})}), "beats of stream load must have the fields data, last, not data"),
        (Stimulus({"load": Source({"data": [-1], "last": [0]})}), "load_data must be in 0..255 for 8 bits, not -1"),
        (Stimulus({"load": Source({"data": [0], "last": [2]})}), "load_last must be in 0..1 for 1 bits, not 2"),
        (Stimulus({"state": Source({"data": [2048]})}), "state_data must be in -2048..2047 for 12 bits, not 2048"),
    ],
)
def test_refusals(simulators, simulator, stimulus, message):
    with pytest.raises(RnnhwError) as error:
        simulators.run(simulator, Several(), stimulus)
    assert str(error.value) == message


def bench(tmp_path, wanted, reset_at=None, status=None):
    stimulus, right = several_stimulus(reset_at=reset_at)
    cycles = {name: out.cycles for name, out in amaranth_backend.Model(Several()).run(stimulus).outputs.items()}
    source = write_verilog(Several(), tmp_path)
    vectors = write_bench(
        tmp_path / "bench",
        top="demo",
        sources=[source],
        ports=Ports.of(Several()),
        stimulus=stimulus,
        expected=right | wanted,
        expected_cycles=cycles,
        expected_status=status or {"loaded": 1, "load_error": 0},
    )
    return cocotb_backend.run_vectors(vectors, [source], "demo", folder=tmp_path / "run", simulator="icarus")


def test_the_emitted_bench_compares_all_streams(simulators, tmp_path):
    simulators.need("icarus")
    assert bench(tmp_path, {}) == bench(tmp_path, {}, reset_at=21)
    _, right = several_stimulus()
    data = right["final"]["data"]
    with pytest.raises(VectorMismatch) as error:
        bench(tmp_path, {"final": right["final"] | {"data": [*data[:3], data[3] ^ 1, *data[4:]]}})
    assert f"final_data is {data[3]}, expected {data[3] ^ 1}" in str(error.value)
    with pytest.raises(VectorMismatch, match=r"^beat 1 of o in cycle \d+: o_stream is 0, expected 2$"):
        bench(tmp_path, {"o": right["o"] | {"stream": [0, 2, *right["o"]["stream"][2:]]}})
    with pytest.raises(VectorMismatch, match=r"^load_error is 0 in the last cycle, expected 1$"):
        bench(tmp_path, {}, status={"load_error": 1})
