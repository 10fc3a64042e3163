"""The memories of what stands between a core and its host, the same over UART and SPI."""

from rnnhw.plan import MemoryUse, Plan
from rnnhw.plan.memory_map import REGISTER_BITS

REQUESTS = 2 * 256  # bytes: two requests' places
OUTBOX = 512  # bytes


def link_memories(plan: Plan) -> tuple[MemoryUse, ...]:
    """All of them: requests that wait, what is sent, and an initial state that is being collected.

    Parameters
    ----------
    plan : Plan
    """
    uses = [MemoryUse("requests", REQUESTS, 8, wanted="block"), MemoryUse("outbox", OUTBOX, 8, wanted="block")]
    if plan.hardware.load_state:
        formats = plan.network.state_formats
        units, width = sum(count for _, count in formats), max(form.width for form, _ in formats)
        wanted = "registers" if units * width <= REGISTER_BITS else "block"
        uses.append(MemoryUse("state vector", units, width, wanted=wanted))
    return tuple(uses)
