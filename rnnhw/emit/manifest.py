"""The manifest: exactly what was built, as JSON."""

import hashlib
import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rnnhw.errors import RnnhwError
from rnnhw.estimate import Estimate
from rnnhw.plan import BufferPlan, EnginePlan, Hardware
from rnnhw.plan.law import LAW, cycle_rows
from rnnhw.quantize import WHOLE
from rnnhw.validation import one_line

from .core import Core

FORMAT_VERSION = 2
FILE = "manifest.json"
NETWORK_FILE = "network.rnnq"
FORMATS = ("x", "h", "c", "p", "y", "weight")  # of a layer, as far as it has them
OPTIONS = ("reset_after", "activation", "relu")


class Manifest(BaseModel):
    """What `manifest.json` holds.

    Members
    -------
    versions : dict
        Of rnnhw and of Amaranth.
    network, layers : dict, list
        Mode, sizes and every format (``s8.5``: signed, 8 bits, 5 fraction bits).
    ports : dict
        The streams with their fields, in order, and the plain outputs.
    stages : list
        The chain of stages, each as it describes itself.
    hardware : dict
        The options.
    cycle_law : dict
        Each pass's rows, columns and cycles; cycles per step, stalls, latency.
    memories : dict
        Depth and width of each.
    estimate : dict
        Resources on the target, if there is one.
    weights_sha256 : str
        Over the weight and bias memories' contents.
    files : dict
        SHA-256 of each file.
    """

    model_config = ConfigDict(extra="forbid")

    format_version: int
    name: str
    versions: dict[str, str]
    network: dict
    layers: list[dict]
    ports: dict[str, list[dict]]
    stages: list[dict]
    hardware: Hardware
    cycle_law: dict
    memories: dict[str, dict]
    estimate: dict
    weights_sha256: str
    files: dict[str, str]

    def to_json(self) -> str:
        """The file's text; the same for the same core."""
        return json.dumps(self.model_dump(), indent=2, sort_keys=True) + "\n"


def make_manifest(core: Core, estimate: Estimate, files: dict[str, bytes]) -> Manifest:
    """Describe a core and the files that were made of it."""
    plan, network = core.plan, core.plan.network
    words = [(engine.weight_words, engine.bias_words, engine.input_bias_words) for engine in plan.engines]
    return Manifest(
        format_version=FORMAT_VERSION,
        name=core.name,
        versions={"rnnhw": version("rnnhw"), "amaranth": version("amaranth")},
        network=_network(plan),
        layers=[_layer(layer) for layer in network.layers],
        ports=_ports(core.ports),
        stages=[_stage(stage) for stage in plan.stages],
        hardware=plan.hardware,
        cycle_law=cycle_law(plan),
        memories={
            name: {"depth": use.depth, "width": use.width, "count": use.count} for name, use in plan.memories.items()
        },
        estimate=json.loads(estimate.to_json()),
        weights_sha256=hashlib.sha256(json.dumps(words).encode()).hexdigest(),
        files={name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    )


def _network(plan) -> dict:
    network = plan.network
    table = {"kind": network.table.kind, "error_ulp": _rounded(network.table.error_ulp)}
    states = [{"format": str(form), "count": count} for form, count in network.state_formats]
    shape = {name: getattr(network, name) for name in ("steps", "reading", "head", "sigmoid", "tanh", "clip")}
    return shape | {
        "mode": network.mode,
        "inputs": network.input_size,
        "outputs": network.output_size,
        "input_format": str(network.input),
        "output_format": str(network.output),
        "state_formats": states,
        "accumulator_bits": {engine.name: engine.accumulator_bits for engine in plan.engines},
        "preactivation_formats": [str(form) for form in network.preactivations],
        "table": table,
        "quantization": network.config.model_dump(),
    }


def _ports(ports) -> dict[str, list[dict]]:
    fields = {channel.name: [asdict(field) for field in channel.fields] for channel in ports.channels}
    streams = [{"name": c.name, "incoming": c.incoming, "fields": fields[c.name]} for c in ports.channels]
    return {"streams": streams, "status": [asdict(field) for field in ports.status]}


def _rounded(errors: dict[str, float]) -> dict[str, float]:
    """Without the last digits, in which the exponential functions of two machines may differ."""
    return {name: round(value, 6) for name, value in errors.items()}


def _stage(stage) -> dict:
    """What a stage of the chain is."""
    if isinstance(stage, EnginePlan):
        shape = stage.geometry
        lanes = {"lanes": shape.lanes, "pipelines": shape.pipelines, "columns_per_cycle": shape.columns}
        return {"name": stage.name, "kind": "engine", "layers": [layer.name for layer in stage.layers], **lanes}
    if isinstance(stage, BufferPlan):
        return {"name": stage.name, "kind": "sequence buffer", "elements": stage.size, "max_steps": stage.max_steps}
    return {"name": stage.name, "kind": "head", "elements": stage.size}


def cycle_law(plan) -> dict:
    """The cycle law as plain data."""
    return {
        "law": LAW,
        "passes": cycle_rows(plan),
        "cycles_per_step": plan.cycles_per_step,
        "bound_cycles": plan.bound_cycles,
        "stall_cycles": plan.stall_cycles,
        "head_cycles": plan.head_cycles,
        "latency_cycles": plan.latency_cycles,
    }


def _layer(layer) -> dict:
    """Sizes, formats and options of a layer of any kind; the cells of one that goes backwards stand below it."""
    kind = layer.kind
    found = {"name": layer.name, "kind": kind, "inputs": layer.input_size, "outputs": layer.output_size}
    if isinstance(layer, WHOLE):
        return found | {"cells": [_layer(cell) for cell in layer.cells]}
    found["formats"] = {name: str(getattr(layer, name)) for name in FORMATS if getattr(layer, name, None) is not None}
    for name in ("weight_ih", "weight_hh"):
        if hasattr(layer, name):
            found[f"{name}_formats"] = [str(form) for form in getattr(layer, name)]
    return found | {name: getattr(layer, name) for name in OPTIONS if hasattr(layer, name)}


def read_manifest(folder) -> Manifest:
    """Read an output folder's manifest and hold its files against it.

    Raises
    ------
    RnnhwError
        If there is none, it is damaged or newer, or a file is missing or was altered.
    """
    folder = Path(folder)
    path = folder / FILE
    if not path.is_file():
        raise RnnhwError(f"{folder}: no {FILE}; rnnhw generate makes such a folder")
    try:
        content = json.loads(path.read_text())
    except ValueError as error:
        raise RnnhwError(f"{path}: not JSON ({error})") from None
    found = content.get("format_version") if isinstance(content, dict) else None
    if found != FORMAT_VERSION:
        raise RnnhwError(f"{path}: format version {found}, this rnnhw reads {FORMAT_VERSION}")
    try:
        manifest = Manifest(**content)
    except ValidationError as error:
        raise RnnhwError(f"{path}: {one_line(error, Manifest)}") from None
    for name, digest in manifest.files.items():
        file = folder / name
        if not file.is_file():
            raise RnnhwError(f"{file}: missing, though the manifest names it")
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise RnnhwError(f"{file}: altered since it was generated")
    return manifest
