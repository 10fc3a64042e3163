"""Measurements as jobs."""

import pickle

import pytest

from rnnhw.calibrate import job as jobs
from rnnhw.calibrate.job import Job, numbers, record, simulation, synthesis, tools
from rnnhw.calibrate.measure import Task
from rnnhw.errors import RnnhwError


def test_numbers_of_seeds_never_meet():
    assert numbers("ecp5", 0, 3) == numbers("gowin", 0, 3) == [0, 1, 2]
    assert numbers("ice40", 2, 2) == [2_000_000, 2_000_001]
    assert numbers("gowin", 0, 26)[-3:] == [23, 200_024, 200_025]
    assert numbers("xilinx", 3, 25)[-1] == 3_300_024


def test_a_job_is_small_and_its_task_the_same_anywhere():
    job = Job("ecp5", 8)
    assert str(job) == "ecp5 8"
    assert len(pickle.dumps(job)) < 200
    again = pickle.loads(pickle.dumps(job))
    assert again == job
    key = synthesis(job).key
    assert synthesis(again).key == key
    assert len({key, synthesis(Job("ecp5", 8, False)).key, simulation(job).key}) == 3
    assert len(key) == 64


def test_what_a_task_gives_and_what_a_record_holds(monkeypatch):
    monkeypatch.setattr(Task, "run", lambda self: {"lut": 5})
    monkeypatch.setattr(jobs, "versions", lambda names: dict.fromkeys(names, "1"))
    job = Job("gowin", 5)
    result = synthesis(job).run()
    assert result == {"lut": 5, "tools": {"yosys": "1", "nextpnr-gowin": "1"}}
    assert record(job, result) == result | {"family": "gowin", "number": 5, "text": job.draw().text}


def test_tools_that_jobs_need():
    assert tools([Job("ice40", 0), Job("gowin", 0), Job("xilinx", 0)]) == ("yosys", "nextpnr-ice40", "nextpnr-gowin")
    assert tools([Job("ecp5", 0, False), Job("xilinx", 0)]) == ("yosys",)


def test_a_device_that_holds_nothing(monkeypatch):
    monkeypatch.setattr("rnnhw.calibrate.draw.TRIES", 0)
    with pytest.raises(RnnhwError, match="holds none of 0 configurations drawn with 7"):
        synthesis(Job("ice40", 7))
