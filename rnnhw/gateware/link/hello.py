"""What a core tells about itself."""

from struct import pack

from rnnhw.errors import RnnhwError
from rnnhw.plan import Plan

from .protocol import LARGEST, MODES, VERSION, WINDOW

LOADABLE, TAKES_STATES, GIVES_STATES, LOADED, LOAD_ERROR = 1, 2, 4, 8, 16
IDENTITY_BYTES = 8
MOST = (1 << 16) - 1


def hello_payload(plan: Plan, identity: bytes, clock_hz: int, status: int = 0) -> bytes:
    """The payload of the answer to HELLO.

    Parameters
    ----------
    plan : Plan
    identity : bytes
        Eight bytes that no other design has.
    clock_hz : int
    status : int
        `LOADED` or `LOAD_ERROR` or 0.

    Raises
    ------
    RnnhwError
        If the core has more elements or steps than the protocol has numbers for, or other formats.
    """
    if not isinstance(identity, bytes | bytearray) or len(identity) != IDENTITY_BYTES:
        raise RnnhwError(f"identity must be {IDENTITY_BYTES} bytes, not {identity!r}")
    network, hardware = plan.network, plan.hardware
    states = state_elements(plan)
    for name, value in (("inputs", network.input_size), ("outputs", network.output_size), ("states", states)):
        if value > MOST:
            raise RnnhwError(f"a core with a host link must have at most {MOST} {name}, not {value}")
    for name, form in (("input", network.input), ("output", network.output)):
        if not -128 <= form.frac <= 127:
            raise RnnhwError(f"a core with a host link must have {name}s of -128..127 fraction bits, not {form.frac}")
    steps = network.steps if network.mode == "one-to-many" else 0
    if steps > MOST:
        raise RnnhwError(f"a core with a host link must give at most {MOST} answers to an input, not {steps}")
    flags = status | (LOADABLE if hardware.weights == "loadable" else 0)
    flags |= (TAKES_STATES if takes_states(plan) else 0) | (GIVES_STATES if gives_states(plan) else 0)
    fields = [VERSION, bytes(identity), network.input_size, network.output_size]
    fields += [network.input.width, network.input.frac, network.output.width, network.output.frac]
    fields += [MODES.index(network.mode), flags, hardware.streams, states, plan.engines[0].state_width, steps]
    fields += [min(hardware.max_steps, MOST) if plan.buffered else 0, clock_hz, WINDOW, LARGEST]
    return pack("<B8sHHBbBbBBBHBHHIBB", *fields)


def takes_states(plan: Plan) -> bool:
    """Whether a core has the stream `state`."""
    return any(engine.loads_state and engine.hardware.load_state for engine in plan.engines)


def gives_states(plan: Plan) -> bool:
    """Whether a core has the stream `final`."""
    return any(engine.reads_state for engine in plan.engines)


def state_elements(plan: Plan) -> int:
    """Elements of a state vector."""
    return sum(part.length for engine in plan.engines for part in engine.state_parts)
