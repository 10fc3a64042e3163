"""Builds and runs one bench with cocotb's runner, in a process of its own.

The runner reads and changes the environment, prints, and ends the process when it fails: none of
that belongs into the process that asked for a simulation. ``cocotb_backend`` starts this file with
the name of a settings file; it writes the number of tests that ran and that failed.
"""

import fcntl
import json
import sys
from pathlib import Path

from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

__all__ = ["main"]

BUILD_ARGS = {"verilator": ["-Wno-fatal"], "icarus": []}


def main(settings_file: str) -> None:
    """Do what the settings file says: build if nobody did, then test."""
    settings = json.loads(Path(settings_file).read_text())
    folder, simulator, wave = Path(settings["folder"]), settings["simulator"], settings["waveform"]
    sys.path.insert(0, str(folder))  # the runner hands this on: bench.py is in the folder
    runner = get_runner(simulator)
    _build_once(runner, settings)
    results = folder / "results.xml"
    results.unlink(missing_ok=True)
    test_args, plusargs = [], []
    if wave and simulator == "verilator":
        test_args = ["--trace-file", wave]
    elif wave:
        plusargs = [f"+dumpfile_path={wave}"]
    runner.test(
        test_module="bench",
        hdl_toplevel=settings["top"],
        hdl_toplevel_lang="verilog",
        build_dir=settings["build"],
        test_dir=settings["run_in"],
        results_xml=str(results),
        timescale=("1ns", "1ps"),
        test_args=test_args,
        plusargs=plusargs,
        waves=bool(wave),
        extra_env=settings["environment"],
    )
    ran, failed = get_results(results)
    Path(settings["counts"]).write_text(json.dumps([ran, failed]))


def _build_once(runner, settings: dict) -> None:
    """Build, unless the folder, which has its name from the sources, is complete."""
    build_dir = Path(settings["build"])
    build_dir.mkdir(parents=True, exist_ok=True)
    complete = build_dir / "complete"
    with open(build_dir / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            runner.build(
                sources=[Path(source) for source in settings["sources"]],
                hdl_toplevel=settings["top"],
                build_args=BUILD_ARGS[settings["simulator"]],
                build_dir=build_dir,
                always=True,
                timescale=("1ns", "1ps"),
                waves=bool(settings["waveform"]),
            )
            complete.touch()


if __name__ == "__main__":
    main(sys.argv[1])
