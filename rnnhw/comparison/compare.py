"""The comparison: figures of all configurations, the front, and its points held against simulation."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from rnnhw.design import device_of
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer
from rnnhw.network import Dataset, Network, check_batch, load_data
from rnnhw.sim.tools import find_compiler, runtime_headers
from rnnhw.sweep import Store, default_folder

from .answers import task_of
from .auto import Limit, Search, all_layers
from .crew import Crew
from .front import mark_front
from .grid import Setting, make_grid, names
from .hardware import check_cost, cost_of
from .measure import reference_value
from .metric import find_metric
from .points import Points, make_point
from .problem import Problem
from .result import FORMAT, Comparison
from .tasks import Bench, Job

SEQUENCES = 50  # that each point of the front is simulated with


def compare(
    net: Network,
    data,
    calibration=None,
    *,
    target: str | None = None,
    metric: str | Callable | None = None,
    cost: str | None = None,
    max_loss: float | None = None,
    max_cost: float | None = None,
    verify: int = SEQUENCES,
    workers: int | None = None,
    store: Store | None = None,
    progress=None,
    sources: dict | None = None,
    **options,
) -> Comparison:
    """Compare a network's configurations by what they lose and what they take.

    ``rnnhw.compare(net, "test.npz", "typical.npz", target="ecp5-25f", weight_bits=range(2, 9)).table()``

    Parameters
    ----------
    net : Network
    data : Dataset or path
        What is measured on: x, and for most metrics y (`Answers`).
    calibration : Dataset or path, optional
        What fractions are chosen by; by default the data itself.
    target : str, optional
        A board or a device; without one there are cycles and memory only.
    metric : str or callable, optional
        "accuracy", "agreement", "rmse", "mape", "FILE.py:function" or a function (`find_metric`). A function is called
        in this process only, and nothing is kept of it.
    cost : str, optional
        What the front is drawn against: "lut", "ff", "dsp", "bram", "cycles", "memory" (bits of weight memory) or
        "energy". By default "lut", or without a target "memory".
    max_loss, max_cost : float, optional
        Search widths for each layer, too: the cheapest that lose at most so much of the metric, or the best that cost
        at most so much.
    verify : int
        Sequences that each point of the front is held against native simulation with; 0 is none.
    workers : int, optional
        Processes; by default one a core. 1: in this process.
    store : Store, optional
        Where results are kept, so that an interrupted run goes on where it was; by default in the platform's caches.
    progress : callable, optional
        Title -> context manager that gives what takes `rnnhw.sweep.Counts`.
    sources : dict, optional
        What the document names: "command", "model", "data", "calibration".
    **options
        Of `rnnhw.quantize` and `rnnhw.Design`. A list or a range is tried value by value.

    Returns
    -------
    Comparison

    Raises
    ------
    RnnhwError
        For unusable options or data, or if no configuration can be made.
    """
    if not isinstance(net, Network):
        raise TypeError(f"net must be a Network (rnnhw.load gives one), not {type(net).__name__}")
    problem = _problem(net, data, calibration, metric, target)
    wish = _Wish(check_cost(cost, target), Limit.of(max_loss, max_cost), integer("verify", verify, 0))
    settings, varied = make_grid(options)
    settings = [_whole(setting, net) for setting in settings]
    reference = reference_value(problem)
    if wish.verify:
        find_compiler(), runtime_headers()
    with TemporaryDirectory(prefix="rnnhw-") as scratch:
        if callable(metric):  # of which nobody knows what it depends on
            store, workers = Store(scratch), 1
        store = store or Store(default_folder().with_name("comparisons"))
        with Crew(Bench(problem, str(store.folder)), store, workers) as crew:
            found = _compared(crew, wish, settings, varied, progress or (lambda title: nullcontext()))
    return Comparison(_head(problem, wish, settings, varied, reference, sources or {}) | found)


def _problem(net: Network, data, calibration, metric, target: str | None) -> Problem:
    if target is not None:
        device_of(target)  # refused here if there is none
    data = _dataset(data, net)
    calibration = data if calibration is None else _dataset(calibration, net)
    return Problem(net, data, calibration, find_metric(metric, net, data), target)


@dataclass(frozen=True)
class _Wish:
    """What is wanted of the configurations: the front's cost, a limit to search under, sequences to simulate."""

    cost: str
    limit: Limit | None
    verify: int


def _compared(crew: Crew, wish: _Wish, settings: list[Setting], varied: tuple[str, ...], progress) -> dict:
    """The document's points, details, and what was searched."""
    problem, points = crew.bench.problem, Points(crew, progress)
    found, chosen = points.find(settings, "comparing"), None
    if all(figures["refused"] for figures in found):
        raise RnnhwError(f"no configuration can be made; the first: {found[0]['refused']}")
    if all(cost_of(figures, wish.cost) is None for figures in found):
        raise RnnhwError(f"cost {wish.cost} cannot be estimated for {problem.target}; choose another one")
    if wish.limit is not None:
        chosen, mixed = Search(points, problem.net, wish.limit, wish.cost, settings).run()
        settings = list(dict.fromkeys([*settings, *mixed]))
        found = points.find(settings, "comparing")
    labels = names(settings, varied)
    listed = [make_point(*each[:2], varied, each[2]) for each in zip(settings, labels, found, strict=True)]
    front = mark_front(listed, wish.cost, problem.metric.better)
    by_name = dict(zip(labels, settings, strict=True))
    auto = None
    if chosen is not None:
        limit = {wish.limit.name: wish.limit.value}
        auto = limit | {"chosen": labels[settings.index(chosen)], "tried": points.tried}
        front = _with_chosen(front, listed, auto["chosen"])
    details = _examined(crew, [(point, by_name[point["id"]]) for point in front], wish.verify, progress)
    return {"auto": auto, "points": listed, "details": details}


def _whole(setting: Setting, net: Network) -> Setting:
    """With the widths of all layers, where there are any of single ones."""
    if "layers" not in setting.numbers:
        return setting
    return Setting(setting.numbers | {"layers": all_layers(net, setting.numbers)}, setting.knobs)


def _with_chosen(front: list[dict], points: list[dict], chosen: str) -> list[dict]:
    """What was searched for is examined, too, even where it is not on the front."""
    return front + [point for point in points if point["id"] == chosen and not point["front"]]


def _examined(crew: Crew, front: list[tuple[dict, Setting]], sequences: int, progress) -> dict:
    """Hold points of the front against simulation; returns their details by their names."""
    jobs = [Job("verify", setting.numbers, [setting.knobs], sequences) for _, setting in front if sequences]
    with progress("simulating the front" if jobs else "examining the front") as tell:
        results = crew.do(jobs + [Job("details", setting.numbers) for _, setting in front], tell)
    for (point, _), verified in zip(front, results[: len(jobs)], strict=False):
        point["verified"] = verified
    return {point["id"]: result for (point, _), result in zip(front, results[len(jobs) :], strict=True)}


def _dataset(data, net: Network) -> Dataset:
    if isinstance(data, str | Path):
        return load_data(data, net.input_size)
    if not isinstance(data, Dataset):
        raise TypeError(f"data must be a Dataset or the path of an .npz, not {type(data).__name__}")
    x, lengths = check_batch(data.x, data.lengths, net.input_size)
    if data.y is not None and np.shape(data.y)[:1] != x.shape[:1]:
        raise RnnhwError(f"y must have {len(x)} entries, one a sequence, not shape {np.shape(data.y)}")
    return Dataset(x, lengths, None if data.y is None else np.asarray(data.y))


def _head(problem: Problem, wish: _Wish, settings, varied, reference: float, sources: dict) -> dict:
    """What the document says of model, data and options."""
    net, data, metric = problem.net, problem.data, problem.metric
    layers = net.describe()
    own = problem.calibration is data
    return {
        "format": FORMAT,
        "command": sources.get("command", ""),
        "rnnhw": metadata.version("rnnhw"),
        "date": date.today().isoformat(),
        "model": {
            "name": net.name,
            "file": sources.get("model"),
            "mode": net.mode,
            "layers": layers,
            "parameters": sum(layer["parameters"] for layer in layers),
        },
        "data": {
            "file": sources.get("data"),
            "sequences": len(data.x),
            "steps": data.x.shape[1],
            "variable_length": bool((data.lengths != data.lengths[0]).any()),
            "calibration_file": sources.get("data" if own else "calibration"),
            "calibration_sequences": len(problem.calibration.x),
            "task": task_of(net, data),
        },
        "metric": {"name": metric.name, "unit": metric.unit, "better": metric.better, "float": reference},
        "hardware": {
            "target": problem.target,
            "knobs": {key: value for key, value in settings[0].knobs.items() if key not in varied},
        },
        "cost": wish.cost,
    }
