"""The modules of a core, and the terms of each."""

import re

from rnnhw.plan import BufferPlan, EnginePlan, HeadPlan, Plan

from . import around, back, front
from .sizes import sizes

ENGINE = {
    "engine": front.engine,
    "input buffer": front.input_buffer,
    "sequencer": front.sequencer,
    "weight memory": front.weight_memory,
    "element select": front.element_select,
    "MAC array": front.mac_array,
    "state memory": front.state_memory,
    "state control": front.state_control,
    "sum chain": back.sum_chain,
    "drain": back.drain,
    "activation": back.activation,
    "cell update": back.cell_update,
    "cell memory": back.cell_memory,
    "answers": back.answers,
}
CORE = ("sequence buffer", "head", "feedback", "weight loader", "state streams", "top")
LINK = "host link"
MODULES = (*ENGINE, *CORE, LINK)

# Modules in which yosys names, now and then, what other modules made.
LOOSE = ("engine", "top")
# Where cells of a netlist belong, by the module that yosys names them after; the first pattern that fits.
_SCOPES = (
    (r"(core_link|receiver|transmitter|spi|load_source)\b.*", LINK),
    (r"engine\d*(\.back)?", "engine"),
    (r"engine\d*\.input_(buffer|format).*", "input buffer"),
    (r"engine\d*\.sequencer.*", "sequencer"),
    (r"engine\d*\.weight_memory.*", "weight memory"),
    (r"engine\d*\.element_select.*", "element select"),
    (r"engine\d*\.mac_array.*", "MAC array"),
    (r"engine\d*\.state_memory.*", "state memory"),
    (r"engine\d*\.(state_|initial_state).*", "state control"),
    (r"engine\d*\.back\.pipeline\.chain", "sum chain"),
    (r"engine\d*\.back\.(drain|tag_pipeline).*", "drain"),
    (r"engine\d*\.back\.pipeline\.activation.*", "activation"),
    (r"engine\d*\.back\.pipeline.*", "cell update"),
    (r"engine\d*\.back\.(lstm|gru|reset)_carry.*", "cell memory"),
    (r"engine\d*\.back\.queue.*", "answers"),
    (r"(argmax|softmax).*", "head"),
    (r"feedback.*", "feedback"),
    (r"loader.*", "weight loader"),
    (r"state_(split|join).*", "state streams"),
    (r"buffer.*", "sequence buffer"),
)


def module_of(scope: str) -> str:
    """The module that a scope of the netlist belongs to."""
    scope = re.sub(r"^core(\.|$)", "", scope)
    return next((module for pattern, module in _SCOPES if re.fullmatch(pattern, scope)), "top")


def core_terms(plan: Plan, family: str, link: str = "none") -> dict[tuple[str, str], dict[str, float]]:
    """Terms by part (engine or other stage, "core", "link") and module.

    Parameters
    ----------
    plan : Plan
    family : str
    link : str
        "none", "uart" or "spi".
    """
    terms = {}
    for stage in plan.stages:
        if isinstance(stage, EnginePlan):
            engine = sizes(stage, family)
            terms |= {(stage.name, name): made for name, module in ENGINE.items() if (made := module(engine))}
        elif isinstance(stage, BufferPlan):
            terms[stage.name, "sequence buffer"] = around.sequence_buffer(stage, family)
        elif isinstance(stage, HeadPlan):
            terms[stage.name, "head"] = around.head(stage, plan, family)
    for name in ("feedback", "weight loader", "state streams", "top"):
        made = getattr(around, name.replace(" ", "_"))(plan)
        if made:
            terms["core", name] = made
    if link != "none":
        terms["link", LINK] = around.host_link(plan, link, family)
    return terms
