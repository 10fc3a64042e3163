"""Energy: cycles times what toggles in each, and the static power while they last.

A stated model with wide bands, not a measurement: see `rnnhw.estimate.energy_coefficients` for every number's source.
"""

from dataclasses import dataclass

from .devices import Device
from .energy_coefficients import COEFFICIENTS, REST, Coefficient, clock_scale, static
from .fitted import Fitted

# Modules that work in every cycle in which an engine multiplies; the others work for `REST` of all cycles.
MULTIPLYING = ("MAC array", "element select", "sequencer", "weight memory")


@dataclass(frozen=True)
class Energy:
    """The energy of a step or an inference.

    Parameters
    ----------
    of : str
        "step" (in the middle of long sequences) or "inference" (of a whole sequence, others right behind it).
    cycles : float
    parts_nj : dict of Fitted
        In nanojoules: "clock", "ff", "lut", "dsp", "bram", "spram" and "static".
    total_nj, power_mw : Fitted
        Their sum, and the power while the core works without a pause. Bands add up as if all were wrong to one side.
    """

    of: str
    cycles: float
    parts_nj: dict[str, Fitted]
    total_nj: Fitted
    power_mw: Fitted


def toggles(figures) -> dict[str, Fitted]:
    """What toggles in a cycle on average: resource -> how many of them are at work ("clock": 1).

    Parameters
    ----------
    figures : Estimate
        Of a device.
    """
    busy = {engine.name: engine.bound_cycles / figures.cycles_per_step for engine in figures.engines}
    sums = {key: [0.0, 0.0, 0.0] for key in ("lut", "dsp", "bram", "spram")}
    for module in figures.modules:
        share = busy.get(module.part, 0) if module.name in MULTIPLYING else None
        shares = (REST.value, REST.low, REST.high) if share is None else (share,) * 3
        for key, total in sums.items():
            for at, part in enumerate(shares):
                total[at] += getattr(module, key) * part
    if figures.lut.value:
        _, low, high = sums["lut"]
        sums["lut"][1:] = low * figures.lut.low / figures.lut.value, high * figures.lut.high / figures.lut.value
    return {"clock": Fitted(1, 1, 1), "ff": figures.ff} | {key: Fitted(*three) for key, three in sums.items()}


def energy(device: Device, amounts: dict[str, Fitted], clock_mhz: Fitted, cycles: float, of: str) -> Energy:
    """The energy of so many cycles.

    Parameters
    ----------
    device : Device
    amounts : dict of Fitted
        As of `toggles`.
    clock_mhz : Fitted
    cycles : float
    of : str
    """
    coefficients = COEFFICIENTS[device.family]
    parts = {}
    for key, amount in amounts.items():
        if key in coefficients:
            scale = cycles / 1000 * (clock_scale(device) if key == "clock" else 1)  # pJ -> nJ
            parts[key] = _product(coefficients[key], amount, scale)
    idle = static(device)
    times = Fitted(cycles / clock_mhz.value, cycles / clock_mhz.high, cycles / clock_mhz.low)  # us; mW * us = nJ
    parts["static"] = _product(idle, times, 1)
    total = Fitted(*(sum(getattr(part, end) for part in parts.values()) for end in ("value", "low", "high")))
    dynamic = {key: part for key, part in parts.items() if key != "static"}
    return Energy(of, cycles, parts, total, _power(dynamic, idle, clock_mhz, cycles))


def _power(dynamic: dict[str, Fitted], idle: Coefficient, clock: Fitted, cycles: float) -> Fitted:
    """In mW: a faster clock takes more."""
    ends = []
    for end in ("value", "low", "high"):
        each = sum(getattr(part, end) for part in dynamic.values()) / cycles  # nJ a cycle
        ends.append(each * getattr(clock, end) + getattr(idle, end))
    return Fitted(*ends)


def _product(coefficient: Coefficient, amount: Fitted, scale: float) -> Fitted:
    ends = ("value", "low", "high")
    return Fitted(*(getattr(coefficient, end) * getattr(amount, end) * scale for end in ends))
