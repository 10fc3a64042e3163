"""What the estimator's files were learned of."""

import json
from importlib.resources import files

FOLDER = "measured"
CHIP = ("number", "gates", "macro_bits", "flip_flops")
KEPT = ("family", "number", "scopes", "lut", "ff", "dsp", "block_ram", "lut_ram", "spram", "mhz", "packed")


def measured_text(records, chips) -> str:
    """Measurements as JSON, one in a line.

    Parameters
    ----------
    records : iterable of dict
        What `rnnhw.calibrate.measure.Task` gave, with family and number.
    chips : iterable of dict
        What `rnnhw.calibrate.measure_chip.ChipTask` gave, with number.
    """
    parts = []
    for name, items, kept in (("records", records, KEPT), ("chips", chips, CHIP)):
        lines = [json.dumps({key: item[key] for key in kept if item.get(key) is not None}) for item in items]
        parts.append(f'"{name}": [\n' + ",\n".join(lines) + "\n]")
    return "{" + ",\n".join(parts) + "}\n"


def shipped(name: str) -> dict:
    """The measurements of the estimator's file of a name: "records" and "chips"."""
    file = files(__package__).joinpath(FOLDER, name.removesuffix(".json") + ".measured.json")
    return json.loads(file.read_text())
