"""Write a core's output folder: beside first, then renamed, so that it is never half there."""

import json
from functools import partial
from pathlib import Path

from rnnhw.estimate import Estimate
from rnnhw.files import write_folder

from .bench_files import write_bench
from .core import INSTANCE, Core
from .manifest import FILE, NETWORK_FILE, make_manifest
from .readme import FILE as README
from .readme import readme
from .vectors import Vectors

BENCH_LEFTOVERS = tuple(  # what running the bench leaves
    ("bench", name) for name in ("sim_build", "__pycache__", "results.xml", "dump.vcd")
)
LOAD_FILE = "load.bin"  # what a core with loadable weights takes on its stream
WATCHDOG = 4  # the bench gives up after so many times the cycles that the plan says


def write_core(core: Core, folder, vectors: Vectors, estimate: Estimate) -> Path:
    """Write everything that belongs to a core.

    The folder gets ``<name>.sv`` (logic), ``<name>_roms.sv`` (memories with contents), ``images/*.hex``
    (the same contents for other flows), with loadable weights ``images/load.bin``, ``README.md`` (ports, cycles,
    memories), ``network.rnnq``, ``manifest.json`` and ``bench/`` (a cocotb test
    bench with vectors, which needs nothing of rnnhw).

    Parameters
    ----------
    core : Core
    folder : Path
        Made, or replaced if it is an earlier output.
    vectors : Vectors
        What the bench runs.
    estimate : Estimate
        Goes into the manifest.

    Raises
    ------
    RnnhwError
        If the folder holds something else, or cannot be written.
    """
    return write_folder(folder, partial(_fill, core, vectors, estimate), _written_files, BENCH_LEFTOVERS)


def _fill(core: Core, vectors: Vectors, estimate: Estimate, folder: Path) -> None:
    sources = core.write_sources(folder)
    (folder / "images").mkdir()
    for module, (width, words) in core.sources.images.items():
        digits = -(-width // 4)
        text = "".join(f"{word:0{digits}x}\n" for word in words)
        (folder / "images" / f"{module}.hex").write_text(text)
    if core.plan.hardware.weights == "loadable":
        (folder / "images" / LOAD_FILE).write_bytes(core.plan.load_image())
    (folder / README).write_text(readme(core))
    core.plan.network.save(folder / NETWORK_FILE)
    run = core.planned(vectors)
    cycles = {"o": run.outputs} | ({"final": run.final_outputs} if "final" in vectors.expected else {})
    end = max([run.accepted[-1][1], *run.outputs[-1:], *cycles.get("final", ())[-1:]])
    write_bench(
        folder / "bench",
        top=core.name,
        sources=sources,
        ports=core.ports,
        stimulus=vectors.stimulus(WATCHDOG * end + 1000),
        expected=vectors.expected,
        expected_cycles=cycles,
        expected_status=vectors.status,
        core=INSTANCE,
    )
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    (folder / FILE).write_text(make_manifest(core, estimate, files).to_json())


def _written_files(folder: Path) -> set[str]:
    """What an earlier output's manifest lists; nothing if it is not one of ours."""
    try:
        content = json.loads((folder / FILE).read_text())
        return {FILE, *content["files"]} if "cycle_law" in content and "weights_sha256" in content else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()
