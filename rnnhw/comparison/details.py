"""What a report shows of a configuration beside its figures: errors step by step, and histograms."""

import numpy as np

from rnnhw.fixedpoint import QFormat
from rnnhw.quantize import QuantizedCell, QuantizedNetwork

from .measure import counted, golden_outputs
from .problem import Problem

BINS = 40
DIGITS = 6  # significant ones of what is drawn


def details(problem: Problem, qnet: QuantizedNetwork) -> dict:
    """As plain data "error_by_step", "weights" and "activations"."""
    errors, clipped, samples = {}, {}, {}
    for chunk, reference, mask in zip(problem.chunks, problem.outputs, problem.masks, strict=True):
        _, trace = qnet.run(*problem.part(chunk), trace="outputs")
        for layer in qnet.layers:
            sums = errors.setdefault(layer.name, np.zeros((2, mask.shape[1])))
            for wanted, found in zip(reference[layer.name], golden_outputs(layer, trace), strict=True):
                _add_errors(sums, wanted, found, mask)
        for found, counts in ((clipped, trace.saturations), (samples, trace.samples)):
            for key, count in counts.items():
                found[key] = found.get(key, 0) + count
    return {
        "error_by_step": {name: _roots(*sums) for name, sums in errors.items()},
        "weights": weight_histograms(problem, qnet),
        "activations": [
            {"layer": layer, "signal": signal, **found}
            | {"clipped": clipped.get((layer, signal), 0), "of": samples.get((layer, signal), sum(found["counts"]))}
            for (layer, signal), found in activation_histograms(problem, qnet).items()
        ],  # (what comes out of a table is never clipped, and not counted)
    }


def _add_errors(sums: np.ndarray, wanted: np.ndarray, found: np.ndarray, mask: np.ndarray) -> None:
    """Add squares and their number at each step."""
    at = np.nonzero(mask)[1] if wanted.ndim == 3 else mask.sum(axis=1) - 1
    wanted, found = counted(wanted, found, mask)
    squares = np.square(found - wanted)
    np.add.at(sums[0], at, squares.sum(axis=1))
    np.add.at(sums[1], at, squares.shape[1])


def _roots(squares: np.ndarray, counts: np.ndarray) -> list[float | None]:
    """None at steps at which the layer gives nothing."""
    pairs = zip(squares.tolist(), counts.tolist(), strict=True)
    return [_short((total / count) ** 0.5) if count else None for total, count in pairs]


def weight_histograms(problem: Problem, qnet: QuantizedNetwork) -> list[dict]:
    """The float weights of each matrix and gate against the format that they got."""
    found = []
    for layer, quantized in zip(problem.net.layers, qnet.layers, strict=True):
        if not quantized.cells:
            found.append(_weights(layer.name, "weight", None, layer.weight, quantized.weight))
        for cell, own in zip(layer.cells, quantized.cells, strict=True):
            for name in ("weight_ih", "weight_hh"):
                parts = np.split(getattr(cell, name), len(own.gates))
                for gate, part, form in zip(own.gates, parts, getattr(own, name), strict=True):
                    found.append(_weights(cell.name, name, gate, part, form))
    return found


def _weights(layer: str, tensor: str, gate: str | None, values: np.ndarray, form: QFormat) -> dict:
    edges = _edges(form, values.min(), values.max())
    counts = np.histogram(values, edges)[0]
    return {"layer": layer, "tensor": tensor, "gate": gate, **_histogram(form, edges, counts)}


def activation_histograms(problem: Problem, qnet: QuantizedNetwork) -> dict[tuple[str, str], dict]:
    """The float values of each signal against the format that it got, by layer and signal."""
    forms = {key: form for key, form in signal_formats(qnet).items() if form is not None}
    ranges = {}
    for _, trace in problem.traces():
        for key in forms:
            values = _values(problem, trace, *key)
            low, high = ranges.get(key, (np.inf, -np.inf))
            ranges[key] = min(low, values.min()), max(high, values.max())
    edges = {key: _edges(forms[key], *limits) for key, limits in ranges.items()}
    counts = {key: np.zeros(BINS, np.int64) for key in forms}
    for _, trace in problem.traces():
        for key, total in counts.items():
            total += np.histogram(_values(problem, trace, *key), edges[key])[0]
    return {key: _histogram(forms[key], edges[key], counts[key]) for key in forms}


def signal_formats(qnet: QuantizedNetwork) -> dict[tuple[str, str], QFormat | None]:
    """The formats of what the float reference has, too, by layer and signal."""
    found = {("input", "x"): qnet.input}
    for layer in qnet.layers:
        if not layer.cells:
            found[layer.name, "y"] = layer.y
        for cell in layer.cells:
            found |= {(cell.name, name): form for name, form in _cell_formats(qnet, cell).items()}
    return found


def _cell_formats(qnet: QuantizedNetwork, cell: QuantizedCell) -> dict[str, QFormat | None]:
    sigmoid, tanh = qnet.of(cell).preactivations
    if cell.kind == "lstm":
        return {"z_i": sigmoid, "z_f": sigmoid, "z_g": tanh, "z_o": sigmoid, "c": cell.c, "h": cell.h}
    if cell.kind == "gru":
        return {"z_r": sigmoid, "z_z": sigmoid, "z_n": tanh, "p": cell.p, "h": cell.h}
    return {"z": tanh if cell.activation == "tanh" else None, "h": cell.h}


def _values(problem: Problem, trace: dict, layer: str, signal: str) -> np.ndarray:
    """The float values of a signal that count."""
    values = trace[problem.net.cells[0].name if layer == "input" else layer][signal]
    return values[trace["mask"]] if values.ndim == 3 else values


def _edges(form: QFormat, low: float, high: float) -> np.ndarray:
    """Of bins that hold the format's range and all values."""
    least, most = form.to_float(form.min_raw), form.to_float(form.max_raw)
    return np.linspace(min(least, low), max(most, high), BINS + 1)


def _histogram(form: QFormat, edges: np.ndarray, counts: np.ndarray) -> dict:
    return {
        "format": str(form),
        "low": _short(float(form.to_float(form.min_raw))),
        "high": _short(float(form.to_float(form.max_raw))),
        "edges": [_short(edge) for edge in edges.tolist()],
        "counts": counts.tolist(),
    }


def _short(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")
