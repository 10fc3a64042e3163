"""An output folder, opened again: what was generated is what is simulated."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnhw.emit.core import Core
from rnnhw.emit.manifest import NETWORK_FILE, read_manifest
from rnnhw.emit.vectors import make_vectors
from rnnhw.errors import RnnhwError
from rnnhw.network import load_data
from rnnhw.plan import make_plan
from rnnhw.quantize import load_quantized
from rnnhw.sim import Verification, verify_core


@dataclass(frozen=True)
class OutputFolder:
    """A folder that `Design.write` made, its files held against the manifest.

    Parameters
    ----------
    folder : Path
    core : Core
        Rebuilt from the network and the options in the folder.
    """

    folder: Path
    core: Core


def open_folder(folder) -> OutputFolder:
    """Open an output folder.

    Raises
    ------
    RnnhwError
        If it is none, or a file was altered.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    network = load_quantized(folder / NETWORK_FILE)
    return OutputFolder(folder, Core(make_plan(network, manifest.hardware), manifest.name))


def run_folder(opened: OutputFolder, simulator: str, data, sequences: int, stalls, waveform) -> Verification:
    """Simulate a folder's Verilog (or, natively and in Amaranth's simulator, the same core rebuilt)."""
    network = opened.core.plan.network
    if data is None:
        x_raw, lengths = _bench_input(opened.folder, network.input_size)
    else:
        loaded = load_data(data, network.input_size)
        x_raw, lengths = network.input.from_float(loaded.x), loaded.lengths
    vectors = make_vectors(network, x_raw[:sequences], lengths[:sequences])
    sources = [opened.folder / name for name in opened.core.source_names]
    return verify_core(
        opened.core, vectors, simulator, stalls=stalls, sources=[path.absolute() for path in sources], waveform=waveform
    )


def _bench_input(folder: Path, inputs: int):
    """The sequences of the folder's own bench."""
    path = folder / "bench" / "vectors.json"
    beats = json.loads(path.read_text())["beats"]
    values = np.array(beats["data"], np.int64).reshape(-1, inputs)
    ends = np.flatnonzero(np.array(beats["last"]).reshape(-1, inputs)[:, -1]) + 1
    if not len(ends):
        raise RnnhwError(f"{path}: holds no whole sequence")
    lengths = np.diff(np.concatenate([[0], ends]))
    x_raw = np.zeros((len(lengths), int(lengths.max()), inputs), np.int64)
    x_raw[np.arange(x_raw.shape[1]) < lengths[:, None]] = values
    return x_raw, lengths
