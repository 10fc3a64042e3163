"""What a page says in sentences: the result, what was verified, the terms."""

from .figures import RESOURCES, all_figures, by_cost, kept, metric_of, shown_figures, widths

POINTS = 0.5  # a percentage may be so much worse than that of float,
SHARE = 0.05  # any other metric by such a share of it
SAVED = (
    ("lut", "LUTs"),
    ("memory", "weight memory"),
    ("bram", "block RAMs"),
    ("energy", "energy"),
    ("cycles", "cycles"),
)
SIMULATORS = {"cxxrtl": "CXXRTL (native code)", "verilator": "Verilator", "icarus": "Icarus Verilog"}


def best(document: dict) -> dict | None:
    """What a search chose, else the cheapest point that is nearly as good as float, if there is one."""
    if document.get("auto"):
        return next(point for point in document["points"] if point["id"] == document["auto"]["chosen"])
    near = [p for p in by_cost(document) if _near(document, p) and p.get("fits") is not False]
    return near[0] if near else None


def _near(document: dict, point: dict) -> bool:
    loss = None if point.get("refused") else point.get("loss")
    return loss is not None and loss <= _allowed(document) + 1e-9


def _allowed(document: dict) -> float:
    metric = document["metric"]
    return POINTS if metric["unit"] == "%" else SHARE * abs(metric["float"])


def summary(document: dict) -> list[str]:
    """The result in a few sentences."""
    metric = metric_of(document)
    kept_points = kept(document)
    count = f"{len(document['points']):,} point{'s' if len(document['points']) != 1 else ''}"
    reference = f"{metric.text(document['metric']['float'])} {metric.unit}".rstrip()
    if not kept_points:
        return [f"All of the {count} were refused; the reasons are below."]
    within = f"{POINTS:g} percentage points" if metric.unit == "%" else f"{100 * SHARE:.0f} %"
    if not _allowed(document) and not document.get("auto"):  # what is compared with is the float model itself
        closest = min(kept_points, key=lambda point: point["loss"])
        return [
            f"Of {count}, {closest['id']} ({widths(closest)}) is the closest to float: {metric.with_unit(closest)}."
        ]
    chosen = best(document)
    if chosen is None:
        closest = min(kept_points, key=lambda point: point["loss"])
        loss = next(figure for figure in all_figures(document) if figure.key == "loss").with_unit(closest)
        return [
            f"None of the {count} is within {within} of the float model ({metric.name} {reference}).",
            f"The closest is {closest['id']} with {metric.with_unit(closest)}, {loss} worse.",
        ]
    if document.get("auto"):
        return [*_searched(document, chosen, reference), *_savings(document, chosen)]
    cost = next((figure for figure in shown_figures(document) if figure.key == document["cost"]), None)
    cheapest = f"the cheapest (by {cost.name})" if cost else "the first"
    sentence = f"Of {count}, {chosen['id']} ({widths(chosen)}) is {cheapest} within {within} of the float model"
    sentences = [f"{sentence}: {metric.name} {metric.with_unit(chosen)}, float {reference}."]
    return [*sentences, *_savings(document, chosen)]


def _searched(document: dict, chosen: dict, reference: str) -> list[str]:
    auto, metric = document["auto"], metric_of(document)
    limits = {"max_loss": f"a loss of at most {{}}{' percentage points' if metric.unit == '%' else ''}"}
    limits["max_cost"] = f"at most {{}} of {document['cost']}"
    limit = next(text.format(f"{auto[name]:,g}") for name, text in limits.items() if auto.get(name) is not None)
    return [
        f"A search for {limit} looked at {auto['tried']:,} configurations and chose {chosen['id']} ({widths(chosen)}): "
        f"{metric.name} {metric.with_unit(chosen)}, float {reference}."
    ]


def _savings(document: dict, chosen: dict) -> list[str]:
    """What the chosen point saves against the widest one."""
    uniform = [point for point in kept(document) if not point.get("layers")]
    alike = [point for point in uniform if point.get("knobs") == chosen.get("knobs")]
    widest = max(
        alike or uniform or kept(document),
        key=lambda point: (point["weight_bits"] + point["activation_bits"], point["id"]),
    )
    parts = []
    for key, name in SAVED:
        figure = next(figure for figure in RESOURCES if figure.key == key)
        mine, other = figure.value(chosen), figure.value(widest)
        if mine is not None and other and round(100 * (1 - mine / other)) > 0:
            parts.append(f"{100 * (1 - mine / other):.0f} % of the {name}")
    if widest is chosen or not parts:
        return []
    saved = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return [f"Against {widest['id']}, the widest point, it saves {saved}."]


def verified(document: dict) -> list[str]:
    """Which points were verified in RTL simulation, in sentences."""
    front = [point for point in document["points"] if point.get("front")]
    done = [point for point in document["points"] if point.get("verified")]
    if not done and not front:
        return ["No point was simulated: there is none on the front, which holds what fits and has the cost."]
    if not done:
        return [
            "No point was verified in RTL simulation: metrics come from the integer model, which the hardware equals "
            "bit for bit by design. Run the comparison with --verify to see it checked here."
        ]
    equal_ones, others = [], []
    for simulator, sequences in sorted({(p["verified"]["simulator"], p["verified"]["sequences"]) for p in done}):
        same = [p for p in done if (p["verified"]["simulator"], p["verified"]["sequences"]) == (simulator, sequences)]
        equal = [point["id"] for point in same if point["verified"]["equal"]]
        tool = SIMULATORS.get(simulator, simulator)
        if equal:
            whose = _whose(equal, [point["id"] for point in front])
            equal_ones.append(
                f"{whose} simulated as RTL in {tool} on {sequences:,} sequence{'s' if sequences != 1 else ''} each: "
                "every output was equal to the integer model's, bit for bit."
            )
        for point in same:
            if not point["verified"]["equal"]:
                told = point["verified"].get("difference") or "no more is known"
                others.append(f"{point['id']} DIFFERS from the integer model in {tool}: {told}.")
    left = [point["id"] for point in front if not point.get("verified")]
    missing = [f"On the front, but not simulated: {', '.join(left)}."] if left else []
    return [*others, *equal_ones, *missing]


def _whose(ids: list[str], front: list[str]) -> str:
    others = [name for name in ids if name not in front]
    if front and len(others) + len(front) == len(ids):
        whose = "The one point of the front" if len(front) == 1 else f"All {len(front)} points of the front"
        return f"{' and '.join([whose, *others])} {'was' if len(ids) == 1 else 'were'}"
    return f"{', '.join(ids)} {'was' if len(ids) == 1 else 'were'}"


TERMS = {
    "point": "One quantisation of the model, named by its widths: weight bits / activation bits.",
    "front": "The Pareto front: points that no other point beats, being both cheaper and at least as good.",
    "float": "The model in float64, before quantisation.",
    "format": "s8.7 is a signed number of 8 bits, 7 of them fraction bits: it counts steps of 2⁻⁷. u8.8 has no sign.",
    "metric": "What the comparison is about, on the test data, of the integer model.",
    "loss": "How much worse the metric is than that of float; negative: better.",
    "agreement": "Share of sequences (or steps) that are decided as float decides them, right or wrong.",
    "rmse_to_float": "Root mean square of the difference between the outputs and those of float.",
    "sqnr": "Signal-to-quantisation-noise ratio of a layer's output: 6 dB are one bit.",
    "clipped": "Share of values that were beyond the range of their format and took its end instead (saturation).",
    "lut": "Look-up tables, estimated before synthesis; nine of ten designs end within the band.",
    "ff": "Flip-flops, estimated as LUTs are.",
    "dsp": "Multiplier blocks, as many as synthesis takes.",
    "bram": "Block RAMs, as many as synthesis takes.",
    "cycles": "Clock cycles for one step of a long sequence.",
    "latency": "Clock cycles from a step's last element in to the last element of its answer, in an idle core.",
    "clock": "Highest clock, estimated.",
    "memory": "Bits of the weight memories, words that lanes leave empty among them; 1 kbit is 1,000 bits.",
    "energy": "A model of what toggles and leaks, with wide bands: of an inference, or of a step.",
    "RTL": "Register-transfer level: the hardware description itself, as it is synthesised.",
}


def glossary(document: dict) -> list[tuple[str, str]]:
    """Each term that the page uses, and what it means."""
    names = {figure.key: figure.name for figure in shown_figures(document)}
    always = ("point", "front", "float", "format", "RTL")
    return [(names.get(key, key), text) for key, text in TERMS.items() if key in names or key in always]
