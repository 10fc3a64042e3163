"""What a core needs of a device's resources, and whether there is enough."""

from dataclasses import dataclass

from .fitted import Fitted


def scaled(number: Fitted, factor: float) -> Fitted:
    """A fitted figure times a positive number."""
    return Fitted(number.value * factor, number.low * factor, number.high * factor)


@dataclass(frozen=True)
class Need:
    """One resource: what is needed of it, and what there is.

    Parameters
    ----------
    key, name : str
        "bram", "block RAMs".
    needed : int, float or Fitted
        A number where it is exact.
    there : int
    device : str
    """

    key: str
    name: str
    needed: object
    there: int
    device: str

    @property
    def fitted(self) -> bool:
        """Whether it is an estimate with a band."""
        return isinstance(self.needed, Fitted)

    @property
    def percent(self):
        """In per cent of what there is, None of nothing; with a band where it is fitted."""
        if not self.there:
            return None if self.fitted or self.needed else 0.0
        return scaled(self.needed, 100 / self.there) if self.fitted else 100 * self.needed / self.there

    @property
    def short(self) -> bool:
        """Whether there is too little; of a fitted one by its value."""
        return float(self.needed) > self.there

    @property
    def surely_short(self) -> bool:
        """Whether there is too little wherever in the band the truth lies."""
        return (self.needed.low if self.fitted else self.needed) > self.there

    @property
    def uncertain(self) -> bool:
        """Whether the band has the limit in it."""
        return self.fitted and self.needed.low <= self.there < self.needed.high

    def __str__(self) -> str:
        if not self.fitted:
            return f"{self.needed} {self.name} are needed and {self.device} has {self.there}"
        band = f"{self.needed.low:,.0f} .. {self.needed.high:,.0f}"
        return f"about {self.needed.value:,.0f} {self.name} ({band}) are needed and {self.device} has {self.there:,}"


def needs(figures) -> tuple[Need, ...]:
    """All of a core's needs.

    Parameters
    ----------
    figures : Estimate
        Of a device.
    """
    device = figures.device
    rows = [
        ("dsp", "DSP blocks", figures.dsp, device.dsp),
        ("bram", "block RAMs", figures.bram, device.block_ram),
        ("spram", "SPRAM blocks", figures.spram, device.large_ram),
        ("lut", "LUTs", figures.lut, device.lut),
        ("ff", "flip-flops", figures.ff, device.ff),
    ]
    if figures.logic_cells is not None:
        rows.append(("logic_cells", "logic cells", figures.logic_cells, device.lut))
    if device.lut_rams is not None:
        rows.append(("lut_ram", "LUT RAMs", figures.lut_ram, device.lut_rams))
    return tuple(Need(*row, device.name) for row in rows if row[2] is not None)
