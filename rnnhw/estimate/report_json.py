"""An estimate as JSON: plain data with stable names."""

from dataclasses import asdict, fields

PLAIN = ("dsp", "bram", "lut_ram", "spram", "operations_per_step", "dsp_percent", "bram_percent")
VERDICT = ("fits", "shortages", "uncertain")
RESOURCES = ("lut", "ff", "logic_cells", "dsp", "bram", "lut_ram", "spram")
SPEED = (
    "clock_mhz",
    "steps_per_second",
    "sequences_per_second",
    "step_latency_us",
    "sequence_latency_us",
    "operations_per_second",
    "weight_bits_per_second",
)


def as_data(figures) -> dict:
    """All figures as plain data.

    Parameters
    ----------
    figures : Estimate
    """
    values = {field.name: _plain(getattr(figures, field.name)) for field in fields(figures)}
    values["device"] = figures.device.name if figures.device else None
    if figures.sequence is not None:
        values["sequence"]["operations"] = figures.sequence.operations
    values |= {name: getattr(figures, name) for name in PLAIN}
    values["percent"] = {name: _plain(figures.percent(name)) for name in RESOURCES} if figures.device else None
    speed, energy = figures.speed, figures.energy
    values["speed"] = None if speed is None else {name: _plain(getattr(speed, name)) for name in SPEED}
    values["energy"] = _plain(energy)
    return values | {name: getattr(figures, name) for name in VERDICT}


def _plain(value):
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value
