"""Simulation: the hardware held against golden in four simulators.

``verify`` is what users call. Amaranth's own simulator needs nothing else, "cxxrtl" (native) a C++
compiler, "verilator" and "icarus" cocotb and the simulator.
"""

from .board import SimulatedBoard
from .cycles import CycleMismatch
from .noise import NoisyLine
from .outcome import ExtraOutput, SimulationError, SimulationTimeout, StreamViolation, VectorMismatch
from .stimulus import Probe, Received, Sink, Source, Stimulus, Transcript
from .tools import available
from .trace import Difference
from .verify import SIMULATORS, Mismatch, Verification, Verifier, verify, verify_core

__all__ = [
    "SIMULATORS",
    "CycleMismatch",
    "Difference",
    "ExtraOutput",
    "Mismatch",
    "NoisyLine",
    "Probe",
    "Received",
    "SimulatedBoard",
    "SimulationError",
    "SimulationTimeout",
    "Sink",
    "Source",
    "Stimulus",
    "StreamViolation",
    "Transcript",
    "VectorMismatch",
    "Verification",
    "Verifier",
    "available",
    "verify",
    "verify_core",
]
