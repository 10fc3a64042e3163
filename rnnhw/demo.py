"""The main job on the shipped model: a trained LSTM becomes verified Verilog."""

import json
import time
from pathlib import Path

import numpy as np

from rnnhw import data
from rnnhw.design import Design
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import choice
from rnnhw.importers import load
from rnnhw.network import load_data
from rnnhw.quantize import quantize
from rnnhw.report import accuracy_table, inspect_table, saturation_lines
from rnnhw.sim import SIMULATORS, verify

COSIMULATED = 20
OPTIONS = {"lanes": 8, "target": "icebreaker"}


def run_demo(output: Path, simulator: str, say, progress) -> dict:
    """Import, quantise, generate and co-simulate the digits model.

    Parameters
    ----------
    output : Path
        Folder for the core.
    simulator : str
        Verilog simulator for the first 20 digits; all 450 go through the native simulation.
    say : callable or None
        Takes lines and tables as they become known.
    progress : callable
        Text -> context manager around something long.

    Returns
    -------
    dict
        Everything that was found, as plain data.
    """
    choice("simulator", simulator, SIMULATORS)
    say = say or (lambda part: None)
    net = load(data.digits_model())
    test = load_data(data.digits_test(), net.input_size)
    calibration = load_data(data.digits_calibration(), net.input_size)
    say(inspect_table(net))
    qnet = quantize(net, calibration.x, weight_bits=8, activation_bits=8)
    accuracy = _accuracy(net, qnet, test, say)
    design = Design(qnet, **OPTIONS, name="digits_lstm")
    with progress("writing the core"):
        folder = design.write(output, test.x, test.lengths)
    report = design.estimate()
    say(report.table())
    answer = {"accuracy": accuracy, "estimate": json.loads(report.to_json()), "folder": str(folder), "cosim": {}}
    sources = [folder / name for name in design.core.source_names]
    for name, count, given in ((simulator, COSIMULATED, sources), ("cxxrtl", len(test.x), None)):
        try:
            with progress(f"simulating {count} digits in {name}"):
                answer["cosim"][name] = _cosimulate(design, test, name, count, given, say)
        except RnnhwError as missing:  # a tool: say so, and let Amaranth's own simulator stand in
            say(f"{name}: not run ({missing}); Amaranth's simulator runs {COSIMULATED} digits instead")
            with progress(f"simulating {COSIMULATED} digits in amaranth"):
                answer["cosim"]["amaranth"] = _cosimulate(design, test, "amaranth", COSIMULATED, None, say)
    say(f"The core: {output} ({', '.join(path.name for path in sources)}, manifest.json, bench/ to run with make)")
    return answer


def _cosimulate(design, test, simulator: str, count: int, sources, say) -> dict:
    """Run some digits in a simulator, say how it went, and return it as plain data."""
    started = time.perf_counter()
    result = verify(design, test.x[:count], test.lengths[:count], simulator=simulator, sources=sources)
    right = float((result.outputs.argmax(1) == test.y[:count]).mean())
    say(
        f"{simulator}: {count} digits equal to golden bit for bit, every output in its planned cycle; "
        f"{result.cycles_per_step} cycles per step measured = {design.plan.cycles_per_step} planned "
        f"({100 * right:.1f} % right, {time.perf_counter() - started:.0f} s)"
    )
    return {
        "digits": count,
        "equal": True,
        "accuracy": right,
        "cycles": result.cycles,
        "cycles_per_step": result.cycles_per_step,
        "cycles_per_second": round(result.cycles_per_second),
    }


def _accuracy(net, qnet, test, say) -> dict:
    answers = {"float64": net.run(test.x, test.lengths)}
    answers["8-bit weights and activations"], trace = qnet.run(test.x, test.lengths, trace=True)
    shares = {name: float((y.argmax(1) == test.y).mean()) for name, y in answers.items()}
    say(accuracy_table([(name, share, len(test.y)) for name, share in shares.items()]))
    for line in saturation_lines(trace).values():
        say(line)
    agreement = np.mean([a.argmax() == b.argmax() for a, b in zip(*answers.values(), strict=True)])
    return {"float": shares["float64"], "quantised": list(shares.values())[1], "agreement": float(agreement)}
