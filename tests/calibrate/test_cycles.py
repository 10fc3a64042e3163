"""Counting the cycles of a core: cases of all modes, in Amaranth's simulator in place of a compiled one."""

from dataclasses import replace

import numpy as np
import pytest

import rnnhw
from rnnhw.calibrate import cycles
from rnnhw.calibrate.cycles import Simulated
from rnnhw.design import Design
from rnnhw.sim import SimulationError, amaranth_backend
from tests.networks import random_network

CASES = {
    "many-to-one": ({"kinds": ("lstm",), "mode": "many-to-one"}, {}, True),
    "many-to-many": ({"kinds": ("gru",), "mode": "many-to-many", "head": "softmax"}, {}, True),
    "streams": ({"kinds": ("gru-before",), "mode": "many-to-many"}, {"streams": 3}, True),
    "engines": ({"kinds": ("lstm",), "mode": "many-to-one", "hidden": [3, 2]}, {"engines": "per-layer"}, True),
    "loaded": ({"kinds": ("rnn-tanh",), "mode": "many-to-one"}, {"weights": "loadable", "load_state": True}, True),
    "states": ({"kinds": ("gru",), "mode": "many-to-one"}, {"load_state": True, "read_state": True}, True),
    "one-to-many": ({"kinds": ("lstm",), "mode": "one-to-many", "steps": 4}, {}, True),
    "one-to-many, one": ({"kinds": ("lstm",), "mode": "one-to-many", "steps": 1}, {}, False),
    "one-to-one": ({"kinds": ("gru",), "mode": "one-to-one"}, {}, False),
    "both": ({"kinds": ("bidirectional", "lstm"), "mode": "many-to-many", "hidden": [2, 2]}, {"max_steps": 6}, False),
}


def design(name: str) -> Design:
    network, hardware, _ = CASES[name]
    rng = np.random.default_rng([len(name), 8])
    net = random_network(rng, inputs=2, **{"head": "none", "hidden": [3], "outputs": [2]} | network)
    batch = rng.normal(0, 1, (4, 1 if net.mode.startswith("one-to") else 5, 2))
    return Design(rnnhw.quantize(net, batch), lanes=2, **hardware)


@pytest.fixture
def light(monkeypatch):
    """No compiler, and few steps."""
    monkeypatch.setattr(cycles, "build", lambda component, folder: amaranth_backend.Model(component))
    monkeypatch.setattr(cycles, "STEPS", 12)


@pytest.mark.parametrize("name", CASES)
def test_what_is_measured_is_what_is_planned(name, light):
    tested = design(name)
    found = Simulated(tested).run()
    planned = {name: getattr(tested.plan, name) for name in ("cycles_per_step", "latency_cycles")}
    assert found["error"] is None
    assert found["planned"] == planned
    assert found["latency_cycles"] == planned["latency_cycles"]
    assert found["cycles_per_step"] == (planned["cycles_per_step"] if CASES[name][2] else None)


class Altered:
    """A model that lets something come later, or with another bit."""

    def __init__(self, model, late: int, wrong: int):
        self.model, self.late, self.wrong = model, late, wrong

    def run(self, stimulus):
        transcript = self.model.run(stimulus)
        answers = transcript.outputs["o"]
        beats = {name: list(values) for name, values in answers.beats.items()}
        beats["data"][-1] ^= self.wrong
        moved = [*answers.cycles[:-1], answers.cycles[-1] + self.late]
        return replace(transcript, outputs={**transcript.outputs, "o": replace(answers, cycles=moved, beats=beats)})


@pytest.mark.parametrize(
    ("late", "wrong", "message"),
    [(1, 0, "output element "), (0, 1, "data of o differs from golden"), (0, 0, None)],
)
def test_what_is_wrong_is_said(late, wrong, message, light, monkeypatch):
    """The control."""
    monkeypatch.setattr(cycles, "build", lambda part, folder: Altered(amaranth_backend.Model(part), late, wrong))
    error = Simulated(design("many-to-one")).run()["error"]
    assert (error is None) == (message is None)
    assert message is None or message in error


def test_a_figure_that_is_measured_to_be_another(light, monkeypatch):
    tested = Simulated(design("many-to-one"))
    monkeypatch.setattr(Simulated, "_latency", lambda self, model: 3)
    planned = tested.plan.latency_cycles
    assert tested.run()["error"] == f"latency_cycles is 3, the plan says {planned}"
    measured = Simulated._step
    monkeypatch.setattr(Simulated, "_step", lambda self, model: measured(self, model) and 4)
    assert tested.run()["error"] == f"cycles_per_step is 4, the plan says {tested.plan.cycles_per_step}"


def test_a_run_that_never_ends_is_an_error_of_the_core(light, monkeypatch):
    measured = amaranth_backend.Model.run

    def run(model, stimulus):
        measured(model, stimulus)
        raise SimulationError("no end")

    monkeypatch.setattr(amaranth_backend.Model, "run", run)
    assert Simulated(design("many-to-one")).run()["error"] == "no end"


def test_keys(light):
    first, again, other = Simulated(design("one-to-one")), Simulated(design("one-to-one")), Simulated(design("both"))
    assert first.key == again.key != other.key
    replanned = Simulated(design("one-to-one"))
    replanned.plan.__dict__["latency_cycles"] = 1  # what was found with another plan is not found again
    assert replanned.key != first.key
