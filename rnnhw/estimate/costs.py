"""LUTs, flip-flops and clock of a core on a device: fitted, with bands."""

from dataclasses import dataclass

from rnnhw.fixedpoint.checks import choice
from rnnhw.plan import Plan

from .devices import Device
from .fitted import Fitted
from .model import family_model
from .terms import clock_terms, core_terms

LINKS = ("none", "uart", "spi")


@dataclass(frozen=True)
class ModuleCost:
    """LUTs and flip-flops of one module.

    Parameters
    ----------
    part : str
        The engine or other stage of the plan that it is in, "core" for what belongs to the whole, or "link".
    name : str
        "MAC array", "sequencer" ...
    lut, ff : float
    """

    part: str
    name: str
    lut: float
    ff: float


@dataclass(frozen=True)
class Costs:
    """What is fitted about a core.

    Parameters
    ----------
    lut : Fitted
        Look-up tables as the device counts them (four inputs; 7 series: six), those of carry chains and LUT RAMs among
        them.
    ff : Fitted
        Flip-flops.
    logic_cells : Fitted or None
        iCE40: logic cells after packing, each of a LUT, a carry and a flip-flop.
    clock_mhz : Fitted or None
        After routing; None where nothing routes for the family.
    modules : tuple of ModuleCost
        Their sums are the values of `lut` and `ff`.
    beyond : bool
        It is larger than all that was measured: the bands are wider, and untested.
    """

    lut: Fitted
    ff: Fitted
    logic_cells: Fitted | None
    clock_mhz: Fitted | None
    modules: tuple[ModuleCost, ...]
    beyond: bool = False


def costs(plan: Plan, device: Device, link: str = "none") -> Costs:
    """What a core costs on a device.

    Parameters
    ----------
    plan : Plan
    device : Device
    link : str
        "none": the core alone; "uart" or "spi": with what stands between it and a host.

    Raises
    ------
    RnnhwError
        For an unknown link.
    """
    choice("link", link, LINKS)
    family, model = device.family, family_model(device.family)
    terms = core_terms(plan, family, link)
    modules = tuple(
        ModuleCost(part, name, model.lut.module(name, own), model.ff.module(name, own))
        for (part, name), own in terms.items()
    )
    lut, ff = sum(module.lut for module in modules), sum(module.ff for module in modules)
    cells = clock = None
    stretch = model.stretch(lut)
    if model.logic_cells is not None:
        packed = max(lut, ff, model.logic_cells.module("core", {"lut": lut, "ff": ff}))
        cells = model.logic_cells.band(packed, stretch)
    if model.period_ns is not None:
        period = model.period_ns.band(model.period_ns.longest(clock_terms(plan, family, lut, link)), stretch)
        clock = Fitted(1000 / period.value, 1000 / period.high, 1000 / period.low)
    return Costs(model.lut.band(lut, stretch), model.ff.band(ff, stretch), cells, clock, modules, stretch > 1)
