"""An output folder, opened again: what was generated is what is simulated."""

from dataclasses import dataclass
from pathlib import Path

from rnnhw.emit.bench_input import read_sequences
from rnnhw.emit.core import Core
from rnnhw.emit.manifest import NETWORK_FILE, read_manifest
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
    core, network = opened.core, opened.core.plan.network
    if data is None:
        own = read_sequences(opened.folder / "bench" / "vectors.json", core).first(sequences)
        vectors = core.vectors(own.x_raw, own.lengths, complete=own.complete, initial_state=own.state)
    else:
        loaded = load_data(data, network.input_size)
        vectors = core.vectors(network.input.from_float(loaded.x[:sequences]), loaded.lengths[:sequences])
    sources = [(opened.folder / name).absolute() for name in core.source_names]
    return verify_core(core, vectors, simulator, stalls=stalls, sources=sources, waveform=waveform)
