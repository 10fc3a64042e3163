"""LUTs, flip-flops and clock of a core on a device: fitted, with bands."""

from dataclasses import dataclass

from rnnhw.plan import Plan

from .devices import Device
from .fitted import Fitted
from .luts import ERROR, luts

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
    """

    lut: Fitted
    ff: Fitted
    logic_cells: Fitted | None
    clock_mhz: Fitted | None
    modules: tuple[ModuleCost, ...]


def costs(plan: Plan, device: Device, link: str = "none") -> Costs:
    """What a core costs on a device.

    Parameters
    ----------
    plan : Plan
    device : Device
    link : str
        "none": the core alone; "uart" or "spi": with what stands between it and a host.
    """
    total = luts(plan, device.family, link=link != "none")
    band = Fitted(total, total * (1 - ERROR), total * (1 + ERROR))
    modules = (ModuleCost("core", "all", total, total),)
    return Costs(band, band, None, Fitted(50, 25, 100), modules)
