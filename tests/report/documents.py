"""Comparison documents that are made up, for tests of what is shown of them."""

from copy import deepcopy

import numpy as np

DETAIL_BINS = 48
TENSORS = (("lstm0", "weight_ih"), ("lstm0", "weight_hh"), ("dense0", "weight"))
SIGNALS = ("x", "z_i", "i", "z_f", "f", "z_g", "g", "z_o", "o", "c", "tc", "h")


def document(widths=None, task="classification", target="ecp5-25f", seed=0, cost="lut", refused=(), **model):
    """A document of one point for each pair of weight and activation bits.

    Parameters
    ----------
    widths : iterable of (weight_bits, activation_bits), optional
        By default 2..8 x 4, 6, 8, 12.
    task : str
    target : str or None
        None: the figures that need a device are None.
    seed : int
    cost : str
    refused : iterable of str
        Ids of points that are refused.
    **model
        What else the document's model says.
    """
    rng = np.random.default_rng(seed)
    if widths is None:
        widths = [(weight, activation) for weight in range(2, 9) for activation in (4, 6, 8, 12)]
    classes = task == "classification"
    made = {
        "format": 1,
        "command": COMMAND,
        "rnnhw": "0.1.0",
        "date": "2026-11-20",
        "model": deepcopy(MODEL) | model,
        "data": {**DATA, "task": task},
        "metric": dict(CLASSES if classes else REGRESSION),
        "hardware": {"target": target, "knobs": {"lanes": 4}},
        "cost": cost,
        "points": [point(rng, *pair, classes, target is not None) for pair in widths],
        "details": {},
    }
    for item in made["points"]:
        if item["id"] in refused:
            refuse(item)
    mark_front(made)
    made["details"] = {item["id"]: details(rng, item) for item in made["points"] if item["front"]}
    return made


COMMAND = (
    "rnnhw compare digits.safetensors --data digits_test.npz --weight-bits 2-8 --activation-bits 4,6,8,12 "
    "--calibrate digits_calibration.npz --target ecp5-25f --cost lut --verify 50 -o build/compare"
)
MODEL = {
    "name": "digits",
    "file": "digits_lstm.safetensors",
    "mode": "many-to-one",
    "layers": [
        {"name": "lstm0", "kind": "lstm", "direction": None, "inputs": 8, "outputs": 32, "activation": None},
        {"name": "dense0", "kind": "dense", "direction": None, "inputs": 32, "outputs": 10, "activation": "linear"},
    ],
    "parameters": 5578,
}
DATA = {
    "file": "digits_test.npz",
    "sequences": 450,
    "steps": 8,
    "variable_length": False,
    "calibration_file": "digits_calibration.npz",
    "calibration_sequences": 256,
}
CLASSES = {"name": "accuracy", "unit": "%", "better": "higher", "float": 98.4444}
REGRESSION = {"name": "RMSE", "unit": "", "better": "lower", "float": 0.0731}


def point(rng, weight, activation, classes=True, device=True):
    """One point with figures that fall with its widths."""
    noise = (1.2 * 2.0**-weight + 1.6 * 2.0**-activation) * rng.uniform(0.7, 1.3)
    if classes:
        metric = round(max(10, 98.4444 - 90 * noise**1.6 + rng.choice([0, 0.2222])) * 4.5) / 4.5
        loss = 98.4444 - metric
    else:
        metric = (0.0731**2 + (noise / 4) ** 2) ** 0.5
        loss = metric - 0.0731
    lut = 380 + 42 * weight + 31 * activation + rng.uniform(-10, 10)
    cycles, energy = 1280, 260 * lut / 40
    return {
        "id": f"{weight}/{activation}",
        "weight_bits": weight,
        "activation_bits": activation,
        "state_bits": min(2 * activation, 24),
        "layers": {},
        "options": {"method": "max-abs", "per_gate": False, "bias_correction": False},
        "knobs": {},
        "metric": metric,
        "loss": loss,
        "agreement": 100 - 60 * noise**1.5 if classes else None,
        "rmse": noise / 3,
        "sqnr": {"lstm0": -20 * np.log10(noise / 2), "dense0": -20 * np.log10(noise / 3)},
        "saturations": {f"lstm0.{name}": {"clipped": int(300 * noise), "of": 115_200} for name in SIGNALS},
        "lut": banded(lut, 0.1, 0.17) if device else None,
        "ff": banded(lut * 0.9, 0.08, 0.09) if device else None,
        "dsp": 5 if weight > 4 else 3,
        "bram": 2 + weight // 3 + activation // 8,
        "cycles": cycles,
        "latency": 10_348 if device else None,
        "clock": banded(110 - activation, 0.3, 0.16) if device else None,
        "memory": 5440 * weight + 138 * (activation + weight),
        "energy": banded(energy, 0.58, 1.8) if device else None,
        "fits": True if device else None,
        "front": False,
        "verified": None,
        "refused": None,
    }


def banded(value, below, above):
    """A fitted figure with its band."""
    return {"value": value, "low": value * (1 - below), "high": value * (1 + above)}


def refuse(item, reason="lstm0.weight_hh: 1 bit holds no value but zero; at least 2 are needed"):
    """Take a point's figures away."""
    for key in FIGURES:
        item.pop(key, None)
    item.update(refused=reason, front=False, verified=None)


FIGURES = "metric loss agreement rmse sqnr saturations lut ff dsp bram cycles latency clock memory energy fits".split()


def mark_front(made, verified=50):
    """Mark and verify the points that no other one beats."""
    sign = -1 if made["metric"]["better"] == "higher" else 1
    best = float("inf")
    for item in sorted(made["points"], key=lambda item: (_cost(item, made["cost"]), sign * (item.get("metric") or 0))):
        if not item["refused"] and _cost(item, made["cost"]) < float("inf"):
            item["front"] = sign * item["metric"] < best
            best = min(best, sign * item["metric"])
            if item["front"] and verified:
                item["verified"] = {"simulator": "cxxrtl", "sequences": verified, "equal": True}


def _cost(item, cost):
    value = item.get(cost)
    value = value["value"] if isinstance(value, dict) else value
    return float("inf") if value is None else value


def details(rng, item, tensors=TENSORS, signals=SIGNALS, steps=8):
    """Errors by step and histograms of one point."""
    noise = 2.0 ** -item["weight_bits"] + 2.0 ** -item["activation_bits"]
    layers = dict.fromkeys(layer for layer, _ in tensors)
    rise = 1 - 0.7 ** np.arange(1, steps + 1)
    return {
        "error_by_step": {
            layer: (noise * rise * rng.uniform(0.8, 1.2, steps) / (1 + at)).tolist() for at, layer in enumerate(layers)
        },
        "weights": [
            {"layer": layer, "tensor": tensor, "gate": gate, **histogram(rng, item["weight_bits"], 1.4 + at / 3)}
            for at, (layer, tensor) in enumerate(tensors)
            for gate in ("ifgo" if tensor != "weight" else (None,))
        ],
        "activations": [
            {
                "layer": "lstm0",
                "signal": name,
                **histogram(rng, item["activation_bits"], 2.2 if name.startswith("z") else 0.8),
                "clipped": int(rng.integers(0, 90)) * (name[0] == "z"),
                "of": 115_200,
            }
            for name in signals
        ],
    }


def histogram(rng, bits, spread):
    """A histogram of normal values against a format that holds most of them."""
    values = rng.normal(size=2000) * spread / 2
    high = 2.0 ** np.ceil(np.log2(spread))
    counts, edges = np.histogram(values, DETAIL_BINS)
    frac = bits - 1 - int(np.log2(high))
    return {
        "format": f"s{bits}.{frac}",
        "low": -high,
        "high": high - 2.0**-frac,
        "edges": edges.tolist(),
        "counts": counts.tolist(),
    }
