"""`verify_core` with all streams: bits, cycles, stalls, resets; and that it can find a fault in each stream."""

import dataclasses
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from rnnhw.sim import CycleMismatch, Mismatch, verify, verify_core
from tests.adder import AdderCore

LENGTHS = np.array([3, 1, 4, 9, 2, 9, 1])
COMPLETE = np.array([True, True, False, True, True, True, False])
ONE, MANY = "many-to-one", "many-to-many"
RUNS = [("amaranth", ONE), ("amaranth", MANY), ("cxxrtl", MANY), ("icarus", ONE)]


def batch(core, complete=COMPLETE, seed=3):
    rng = np.random.default_rng(seed)
    x_raw = rng.integers(-128, 128, (len(LENGTHS), LENGTHS.max(), 3))
    state = rng.integers(-1000, 1000, (len(LENGTHS), 2))
    return core.vectors(x_raw, LENGTHS, complete=complete, initial_state=state)


@pytest.fixture
def plain(monkeypatch):
    """The stand-in has no engine to look into."""
    module = sys.modules["rnnhw.sim.verify"]
    monkeypatch.setattr(module, "trace_probes", lambda plan: ())
    monkeypatch.setattr(module, "first_difference", lambda *arguments: None)


@pytest.fixture
def run(simulators, tmp_path):
    def run(simulator, core, vectors, **options):
        simulators.need(simulator)
        return verify_core(core, vectors, simulator, folder=tmp_path, **options)

    return run


@pytest.mark.parametrize(("simulator", "mode"), RUNS)
def test_all_streams_in_their_cycles(run, simulator, mode):
    core = AdderCore(mode, 3)
    vectors = batch(core)
    free = run(simulator, core, vectors)
    golden, final = core.network.run_raw(vectors.x_raw, LENGTHS, initial_state=vectors.initial_state, return_state=True)
    answering = COMPLETE if mode == ONE else slice(None)
    assert free.outputs[answering].tolist() == golden[answering].tolist()
    assert free.final_state[COMPLETE].tolist() == final[COMPLETE].tolist()
    assert not free.final_state[~COMPLETE].any()
    assert free.cycles <= free.planned_cycles + 3  # three bytes are loaded first
    stalled = run(simulator, core, vectors, stalls=5, reset_at=70)
    assert stalled.outputs.tolist() == free.outputs.tolist()
    assert stalled.cycles_per_step is None
    for reset_at in (0, 2, 50) if simulator == "amaranth" else (50,):
        again = run(simulator, core, vectors, reset_at=reset_at)
        assert (again.cycles, again.outputs.tolist()) == (free.cycles, free.outputs.tolist())


def test_cycles_per_step_are_those_between_starts_and_ends(run):
    core = AdderCore("many-to-many", 2)
    lengths = np.full(2, 12)
    vectors = core.vectors(np.zeros((2, 12, 3), int), lengths)
    assert run("amaranth", core, vectors).cycles_per_step == 6
    short = core.vectors(np.zeros((2, 3, 3), int), lengths // 4)
    assert run("amaranth", core, short).cycles_per_step is None


@pytest.mark.parametrize("stream", ["o", "final"])
@pytest.mark.parametrize("field", ["data", "last"])
def test_a_flipped_bit_in_each_stream_is_found(run, plain, stream, field):
    core = AdderCore()
    vectors = batch(core)
    columns = {name: column.copy() for name, column in vectors.expected[stream].items()}
    columns[field][3] ^= 1
    wrong = dataclasses.replace(vectors, expected=vectors.expected | {stream: columns})
    with pytest.raises(Mismatch, match=rf"^adder in amaranth: beat 3 of {stream} is \(data, last"):
        run("amaranth", core, wrong)


def test_a_wrong_plain_output_is_found(run, plain):
    core = AdderCore()
    wrong = dataclasses.replace(batch(core), status={"loaded": 1, "load_error": 1})
    with pytest.raises(Mismatch, match=r"load_error is 0 in the end, not 1$"):
        run("amaranth", core, wrong)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("accepted", "last element of input step"),
        ("outputs", "output element"),
        ("state_accepted", "element of the initial state"),
        ("final_outputs", "element of the final state"),
    ],
)
def test_a_cycle_too_many_on_each_stream_is_found(run, name, what):
    core = AdderCore()
    vectors = batch(core)
    planned = vars(core.planned(vectors))
    late = [*planned[name]]
    late[2] = (late[2][0], late[2][1] + 1) if name == "accepted" else late[2] + 1
    core.planned = lambda _: SimpleNamespace(**(planned | {name: late}))
    with pytest.raises(CycleMismatch, match=rf"^adder in amaranth: {what} 2 in cycle \d+, the plan says \d+$"):
        run("amaranth", core, vectors)
    core.planned = lambda _: SimpleNamespace(**(planned | {name: late[:-1]}))
    with pytest.raises(CycleMismatch, match=r", the plan says \d+$"):
        run("amaranth", core, vectors)


def test_a_design_is_asked_for():
    with pytest.raises(TypeError, match=r"^design must be a Design "):
        verify(AdderCore().network, np.zeros((1, 1, 3)))
