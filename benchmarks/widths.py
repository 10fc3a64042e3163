"""The examples' networks from 2 to 16 bits: what each pair of widths loses, and what the best ones take.

    python benchmarks/widths.py [--verify 50] [NAME ...]

Writes the tables of docs/comparisons.md, and a plot of each network's front. NAME is one of digits_lstm, digits_gru ...
load_rnn: then nothing but its plot is written.
"""

import argparse
from pathlib import Path

import rnnhw
from rnnhw.data import digits_calibration, digits_model, digits_test
from rnnhw.report.comparison import pareto_svg

ROOT = Path(__file__).parents[1]
EXAMPLES, DOCS = ROOT / "examples", ROOT / "docs"
WEIGHTS, ACTIVATIONS = range(2, 17), (4, 6, 8, 12, 16)
OPTIONS = {"target": "ecp5-25f", "lanes": 8, "method": "mse", "bias_correction": True}
TASKS = {"digits": "accuracy", "vowels": "accuracy", "load": "rmse"}
CELLS = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}
NAMES = [f"{task}_{cell}" for task in TASKS for cell in CELLS]
SCALE = {"load": 100}  # of answers in parts of 100 MW
TITLES = {
    "digits": "Digits (450 test sequences of 8 steps; accuracy in %)",
    "vowels": "Vowels (400 test sequences of 7 to 29 steps; accuracy in %)",
    "load": "Load forecast (24 hours in, 6 hours out; RMSE in MW)",
}
MARK = "<!-- what follows is written by benchmarks/widths.py -->\n"


def files(name: str) -> tuple[Path, Path, Path]:
    """Model, test data, calibration data."""
    task = name.partition("_")[0]
    model = Path(digits_model()) if name == "digits_lstm" else EXAMPLES / "models" / f"{name}.safetensors"
    if task == "digits":
        return model, digits_test(), digits_calibration()
    return model, EXAMPLES / "data" / f"{task}_test.npz", EXAMPLES / "data" / f"{task}_calibration.npz"


def compared(name: str, verify: int) -> dict:
    """The comparison of one network."""
    model, test, calibration = files(name)
    options = OPTIONS | {"metric": TASKS[name.partition("_")[0]], "verify": verify}
    grid = {"weight_bits": list(WEIGHTS), "activation_bits": list(ACTIVATIONS)}
    found = rnnhw.compare(rnnhw.load(model), test, calibration, **options, **grid)
    if found.failures:
        raise SystemExit(f"{name}: hardware and golden differ: {'; '.join(found.failures)}")
    return found.document()


def figure(name: str, value: float) -> str:
    """A metric as the tables print it."""
    scale = SCALE.get(name.partition("_")[0])
    return f"{value:.2f}" if scale is None else f"{scale * value:.3f}"


def grid_table(name: str, document: dict) -> str:
    """The metric of every pair of widths: a row for each of weights, a column for each of activations."""
    points = {(point["weight_bits"], point["activation_bits"]): point for point in document["points"]}
    head = ["weights", *(f"{bits} bits" for bits in ACTIVATIONS)]
    lines = [f"| {' | '.join(head)} |", "|" + "--:|" * len(head)]
    for weights in WEIGHTS:
        cells = [figure(name, points[weights, bits]["metric"]) for bits in ACTIVATIONS]
        lines.append(f"| {weights} | {' | '.join(cells)} |")
    return "\n".join(lines)


def front_table(name: str, document: dict) -> str:
    """The points that no other one is both cheaper and better than."""
    metric = "RMSE in MW" if name.startswith("load") else "accuracy in %"
    head = ["weights/activations", metric, "SQNR, worst layer", "LUT", "DSP", "block RAM", "weights", "simulated"]
    lines = [f"| {' | '.join(head)} |", "|---|" + "--:|" * (len(head) - 2) + "---|"]
    for point in sorted((p for p in document["points"] if p["front"]), key=lambda p: p["lut"]["value"]):
        worst = min(value for value in point["sqnr"].values() if value is not None)
        checked = point["verified"]
        cells = [point["id"], figure(name, point["metric"]), f"{worst:.1f} dB", f"{point['lut']['value']:,.0f}"]
        cells += [str(point["dsp"]), str(point["bram"]), f"{point['memory'] / 1000:.1f} kbit"]
        cells.append(f"{checked['sequences']} sequences, equal" if checked and checked["equal"] else "no")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def section(name: str, document: dict) -> str:
    """One network: its float figure, the grid and the front."""
    path, floats = files(name)[0].relative_to(ROOT), figure(name, document["metric"]["float"])
    parts = [
        f"### {CELLS[name.partition('_')[2]]}",
        f"`{path}`, {document['model']['parameters']:,} parameters; float: {floats}.",
        grid_table(name, document),
        f"![Front of {name}](comparisons/{name}.svg)",
        front_table(name, document),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Compare, print progress, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="networks to compare; all of them write the page")
    parser.add_argument("--verify", type=int, default=50, help="sequences that the front is simulated with")
    options = parser.parse_args()
    sections = {}
    for name in options.names or NAMES:
        document = compared(name, options.verify)
        (DOCS / "comparisons").mkdir(exist_ok=True)
        (DOCS / "comparisons" / f"{name}.svg").write_text(pareto_svg(document))
        sections[name] = section(name, document)
        print(sections[name], flush=True)
    if not options.names:
        page = DOCS / "comparisons.md"
        parts = [f"## {TITLES[task]}\n\n" + "\n".join(sections[f"{task}_{cell}"] for cell in CELLS) for task in TASKS]
        page.write_text(page.read_text().split(MARK)[0] + MARK + "\n" + "\n".join(parts))


if __name__ == "__main__":
    main()
