"""``rnnhw calibrate`` and ``rnnhw validate``."""

import json
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from rnnhw.cli_options import As, Config, Group, Words, grouped, option
from rnnhw.cli_tools import show
from rnnhw.errors import RnnhwError
from rnnhw.files import write_folder, write_whole

app = typer.Typer()
SWEEP = "Sweep"
FAILURES = 5  # that are told of one by one
RESULTS, VALIDATION = Path("build/calibration"), Path("build/validation")
FAILED = 1  # exit code
MEASURED = ".measured.json"  # ending of the file with what was measured


def _read_families(value):
    return tuple(value.split(",")) if isinstance(value, str) else value


@dataclass(frozen=True)
class Sweeping(Group):
    """What is measured, where, and where results are kept."""

    family: option(
        Words, SWEEP, "ice40, ecp5, gowin, xilinx; by default all.", parser=_read_families, metavar="NAME[,NAME]"
    ) = None
    cache: option(Path | None, SWEEP, "Folder of results; by default one in the platform's for caches.") = None
    workers: option(int | None, SWEEP, "Processes on this machine; by default one a core.", min=1) = None
    scheduler: option(str | None, SWEEP, "A Dask scheduler instead (tcp://host:port).", metavar="ADDRESS") = None
    routed: option(int | None, SWEEP, "How many of each family are routed; by default all.", min=0) = None
    liberty: option(Path | None, SWEEP, "Map chips to the cells of this Liberty file, too.", metavar="FILE") = None
    chips: option(int, SWEEP, "How many, with --liberty.", min=1) = 16

    def families(self) -> tuple[str, ...]:
        """Those that are wanted."""
        from rnnhw.estimate import FAMILIES

        wanted = tuple(FAMILIES) if self.family is None else tuple(self.family)
        for name in wanted:
            if name not in FAMILIES:
                raise RnnhwError(f"--family must be of {', '.join(FAMILIES)}, not {name!r}")
        return tuple(name for name in FAMILIES if name in wanted)

    def run(self, jobs: list, prepare, title: str, quiet: bool) -> tuple[list, list[str]]:
        """Jobs with their results in the jobs' order, and a line for each job that failed."""
        from rnnhw.sweep import Store, shown, sweep

        results, failed, store = {}, {}, Store(self.cache)
        options = {"workers": self.workers, "scheduler": self.scheduler}
        with (
            shown(title, quiet) as tell,
            closing(sweep(jobs, prepare, store, progress=tell, **options)) as outcomes,
        ):
            for job, outcome in outcomes:
                if outcome.error is None:
                    results[job] = outcome.result
                else:
                    failed[job] = f"{job}: {outcome.error}"
        for line in list(failed.values())[:FAILURES]:
            print(f"failed: {line}", file=sys.stderr)
        if len(failed) > FAILURES:
            print(f"failed: {len(failed) - FAILURES} more", file=sys.stderr)
        return [(job, results[job]) for job in jobs if job in results], [failed[job] for job in jobs if job in failed]

    def jobs(self, families, counts, seed: int) -> list:
        """As many of each family as `counts` says; refused at once, not in each job, if a tool is missing here."""
        from rnnhw.calibrate.job import Job, numbers, tools
        from rnnhw.synth import TOOLS

        jobs = []
        for family, count in zip(families, counts, strict=True):
            routed = count if self.routed is None else self.routed
            jobs += [Job(family, number, at < routed) for at, number in enumerate(numbers(family, seed, count))]
        for name in tools(jobs) if self.scheduler is None else ():
            TOOLS[name].find()
        return jobs

    def mapped(self, seed: int, quiet: bool) -> tuple[list, list[str]]:
        """Chips with what they take, and a line for each that failed; nothing without a Liberty file."""
        from rnnhw.calibrate.job import ChipJob, chip_numbers, chip_synthesis
        from rnnhw.synth.liberty import read_library

        if self.liberty is None:
            return [], []
        read_library(self.liberty)
        path = str(self.liberty.resolve())
        jobs = [ChipJob(number, path) for number in chip_numbers(seed, self.chips)]
        return self.run(jobs, chip_synthesis, "mapping to cells", quiet)


@app.command()
@grouped
def calibrate(
    sweeping: Sweeping,
    count: Annotated[int, typer.Option(min=1, help="Configurations of each family.")] = 65,
    seed: Annotated[int, typer.Option(min=0, help="Draws the configurations.")] = 0,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder, or a file (.json); by default it is named by the tools.")
    ] = RESULTS,
    as_json: As = False,
    config: Config = None,
) -> int:
    """Synthesise and route configurations, and learn the estimator's LUTs, flip-flops and clock from them."""
    from rnnhw.calibrate.measured import measured_text

    families = sweeping.families()
    jobs = sweeping.jobs(families, [count] * len(families), seed)
    found, failed, releases = _synthesised(sweeping, jobs, as_json)
    chips, broken = sweeping.mapped(seed, as_json)
    failed += broken
    records = [result for _, result in found]
    mapped = [result | {"number": job.number} for job, result in chips]
    name, learned = _learned(records, mapped, releases)
    learned = {"tools": releases, "seed": seed, "count": count} | learned
    file = output if output.suffix == ".json" else output / name
    _write_new(file.with_suffix(MEASURED), measured_text(records, mapped))
    written = _write_new(file, json.dumps(learned, indent=1) + "\n")
    answer = {"file": str(file), "written": written, "measured": len(found), "failed": failed, "tools": releases}
    what = "written" if written else "is there already, the same"
    show(as_json, answer, f"{file} {what}: learned of {len(found)} configurations of {', '.join(families)}")
    return FAILED if failed else 0


def _synthesised(sweeping: Sweeping, jobs: list, quiet: bool):
    """Jobs with their records; a line for each job that failed; the releases of the tools."""
    from rnnhw.calibrate.job import record, synthesis

    found, failed = sweeping.run(jobs, synthesis, "synthesising", quiet)
    if not found:
        raise RnnhwError(f"none of {len(jobs)} syntheses succeeded; the first: {failed[0]}")
    return [(job, record(job, result)) for job, result in found], failed, _releases(result for _, result in found)


def _learned(records: list[dict], chips: list[dict], releases: dict[str, str]) -> tuple[str, dict]:
    """The file's name and what is learned."""
    from rnnhw.calibrate.learn import file_name, learn, learn_chip

    families = learn(records)
    if chips:
        families["chip"] = learn_chip(chips, families)
    return file_name(releases), {"families": families}


def _releases(results) -> dict[str, str]:
    """Of all tools; each has to be the same everywhere, or the file would be of neither."""
    found = {}
    for result in results:
        for name, release in result["tools"].items():
            if found.setdefault(name, release) != release:
                raise RnnhwError(f"workers have different releases of {name}: {found[name]} and {release}")
    return dict(sorted(found.items()))


def _write_new(file: Path, text: str) -> bool:
    """Write a file, never over one with other contents; whether there was none."""
    if file.exists():
        if not file.is_file() or file.read_text(errors="replace") != text:
            raise RnnhwError(f"{file}: is there with other contents; say with --output where else to write")
        return False
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RnnhwError(f"{file.parent}: cannot be made ({error.strerror})") from None
    write_whole(file, text.encode())
    return True


@app.command()
@grouped
def validate(
    sweeping: Sweeping,
    count: Annotated[int, typer.Option(min=1, help="Configurations in all, divided among the families.")] = 150,
    seed: Annotated[int, typer.Option(help="Draws the configurations; calibrate has 0.")] = 1,
    cycles: Annotated[int, typer.Option(min=0, help="How many of them are simulated too.")] = 20,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for table and scatter plot.")] = VALIDATION,
    as_json: As = False,
    config: Config = None,
) -> int:
    """Hold estimates against synthesis, routing and simulation of configurations that nothing was learned from."""
    from rnnhw.calibrate.compare import compare
    from rnnhw.calibrate.compare_chip import compare_chip
    from rnnhw.calibrate.job import simulation
    from rnnhw.calibrate.scatter import check_matplotlib
    from rnnhw.calibrate.validation import Validation

    families = sweeping.families()
    if seed < 1:
        raise RnnhwError(f"--seed must be at least 1, not {seed}: the estimator was made with what 0 draws")
    if count < len(families):
        raise RnnhwError(f"--count must be at least {len(families)}, one for each family, not {count}")
    check_matplotlib()
    jobs = sweeping.jobs(families, [len(range(at, count, len(families))) for at in range(len(families))], seed)
    simulated = _spread(jobs, cycles)
    if simulated and sweeping.scheduler is None:
        _check_compiler()
    found, failed, releases = _synthesised(sweeping, jobs, as_json)
    runs, broken = sweeping.run(simulated, simulation, "simulating", as_json) if simulated else ([], [])
    mapped, unmapped = sweeping.mapped(seed, as_json)
    broken += unmapped
    compared = tuple(compare(record, job.draw()) for job, record in found)
    chips = tuple(compare_chip(job.number, result, job.draw()) for job, result in mapped)
    validation = Validation(seed, compared, tuple(runs), releases, chips)
    folder = write_folder(output, validation.write, lambda folder: set(validation.files))
    answer = {"folder": str(folder), "failed": failed + broken, **validation.to_json()}
    lines = [f"{folder}: " + ", ".join(validation.files)]
    show(as_json, answer, validation.table(), *validation.chip_lines, *validation.wrong, *lines)
    return FAILED if failed or broken or validation.wrong else 0


def _spread(jobs: list, count: int) -> list:
    """So many of them, from all over the list."""
    count = min(count, len(jobs))
    return [jobs[(2 * at + 1) * len(jobs) // (2 * count)] for at in range(count)]


def _check_compiler() -> None:
    from rnnhw.sim.tools import find_compiler, runtime_headers

    find_compiler(), runtime_headers()
