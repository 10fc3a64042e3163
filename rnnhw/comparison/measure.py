"""What quantisation costs: answers, noise of each layer, saturations."""

import math

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.golden import Trace
from rnnhw.quantize import QuantizedDense, QuantizedNetwork

from .metric import METRICS
from .problem import Problem


def measure(problem: Problem, qnet: QuantizedNetwork) -> dict:
    """The figures of a quantised network on the problem's data; golden runs once.

    Returns
    -------
    dict
        As plain data "metric", "loss", "agreement", "rmse", "accuracy", "mape", "sqnr", "saturations".

    Raises
    ------
    RnnhwError
        If the metric fails.
    """
    answers, powers, clipped, samples = [], {}, {}, {}
    for chunk, reference, mask in zip(problem.chunks, problem.outputs, problem.masks, strict=True):
        y, trace = qnet.run(*problem.part(chunk), trace="outputs")
        answers.append(y)
        for layer in qnet.layers:
            signal, noise = powers.get(layer.name, (0.0, 0.0))
            for wanted, found in zip(reference[layer.name], golden_outputs(layer, trace), strict=True):
                wanted, found = counted(wanted, found, mask)
                signal, noise = signal + _power(wanted), noise + _power(found - wanted)
            powers[layer.name] = signal, noise
        _add(clipped, trace.saturations)
        _add(samples, trace.samples)
    return {
        **scores(problem, np.concatenate(answers)),
        "sqnr": {name: _decibels(*power) for name, power in powers.items()},
        "saturations": {
            f"{layer}.{point}": {"clipped": count, "of": samples[layer, point]}
            for (layer, point), count in clipped.items()
        },
    }


def scores(problem: Problem, y: np.ndarray) -> dict:
    """All that follows from answers alone."""
    answers, metric = problem.answers, problem.metric
    value = metric.value(answers, y)
    return {
        "metric": value,
        "loss": metric.loss(value, reference_value(problem)),
        "agreement": answers.agreement(y),
        "rmse": answers.error(y),
        "accuracy": _perhaps("accuracy", answers, y),
        "mape": _perhaps("MAPE", answers, y),
    }


def reference_value(problem: Problem) -> float:
    """The metric of the float network."""
    return problem.metric.value(problem.answers, problem.answers.reference)


def _perhaps(name: str, answers, y: np.ndarray) -> float | None:
    """A metric where it makes sense."""
    try:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            value = METRICS[name].value(answers, y)
    except RnnhwError:
        return None
    return value if math.isfinite(value) else None


def golden_outputs(layer, trace: Trace) -> list[np.ndarray]:
    """What a layer hands on, of a golden trace, as values."""
    if isinstance(layer, QuantizedDense):
        return [layer.y.to_float(trace.signals[layer.name]["y"])]
    return [cell.h.to_float(trace.signals[cell.name]["h"]) for cell in layer.cells]


def counted(wanted: np.ndarray, found: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The float and the golden outputs that count, shape (values, units).

    Where a layer runs at a sequence's last step only, the float ones have no steps, and the golden ones stand there.
    """
    if wanted.ndim == 2:
        return wanted, found[np.arange(len(found)), mask.sum(axis=1) - 1]
    return wanted[mask], found[mask]


def _power(values: np.ndarray) -> float:
    return float(np.sum(np.square(values)))


def _decibels(signal: float, noise: float) -> float | None:
    """None where there is no signal or no noise at all."""
    return 10 * math.log10(signal / noise) if signal and noise else None


def _add(sums: dict, more: dict) -> None:
    for key, value in more.items():
        sums[key] = sums.get(key, 0) + value
