"""Syntheses and simulations that take no time: what they find is near the estimate, or as wrong as a test wants it."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from rnnhw.calibrate.compare import estimated
from rnnhw.calibrate.job import Job
from rnnhw.synth import SynthesisError

TOOLS = {"yosys": "0.70", "nextpnr": "0.11"}


@dataclass(frozen=True)
class Pretended:
    """A synthesis.

    Parameters
    ----------
    job : Job
    kind : str
        "near", "wrong": one multiplier more; "fails"; "mixed": by another release if the number is odd.
    """

    job: Job
    kind: str

    @property
    def key(self) -> str:
        return sha256(f"{self.job} {self.job.route} {self.kind}".encode()).hexdigest()

    def run(self) -> dict:
        job = self.job
        if self.kind == "fails" or (self.kind == "some fail" and job.number % 4 == 1):
            raise SynthesisError("yosys failed: too much")
        return found(job, self.kind == "wrong" and job.number % 2 == 0) | {
            "tools": TOOLS | ({"yosys": "0.71"} if self.kind == "mixed" and job.number % 2 else {})
        }


def found(job: Job, wrong: bool = False) -> dict:
    """Cells and clock near the estimate."""
    figures, rng = estimated(job.draw(), job.family), np.random.default_rng(job.number)
    lut, ff = (int(value.value * rng.uniform(0.9, 1.1)) for value in (figures.lut, figures.ff))
    blocks = {"dsp": figures.dsp + wrong, "block_ram": figures.bram, "lut_ram": 0, "spram": figures.spram}
    return (
        {"scopes": {"": [lut, ff]}, "lut": lut, "ff": ff} | blocks | ({"mhz": 40 + rng.random()} if job.route else {})
    )


def near(job: Job) -> Pretended:
    return Pretended(job, "near")


def wrong(job: Job) -> Pretended:
    return Pretended(job, "wrong")


def fails(job: Job) -> Pretended:
    return Pretended(job, "fails")


def some_fail(job: Job) -> Pretended:
    return Pretended(job, "some fail")


def mixed(job: Job) -> Pretended:
    return Pretended(job, "mixed")


@dataclass(frozen=True)
class Counted:
    """A simulation in which the odd numbers come late, if they shall."""

    job: Job
    late: bool

    @property
    def key(self) -> str:
        return sha256(f"cycles {self}".encode()).hexdigest()

    def run(self) -> dict:
        return {"cycles_per_step": 4, "error": "too late" if self.late and self.job.number % 2 else None}


def in_time(job: Job) -> Counted:
    return Counted(job, False)


def late(job: Job) -> Counted:
    return Counted(job, True)
