"""Random cores without end: ``make soak`` until it is stopped; started again, it goes on where it was.

Each seed is one network with its widths, options and sequences (`tests.cosim.cases`): once without stalls, every bit
and every cycle compared, once with stalls on every stream. Results are kept in a file, one line a seed.
"""

import argparse
import sys
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import count, islice
from pathlib import Path

from rnnhw.sim import Verifier
from tests.cosim.cases import random_case

FIRST = 100_000  # seeds that no test uses


def check(seed: int, simulator: str) -> str:
    """An empty string, or what is wrong with the core of a seed."""
    case = None
    try:
        case = random_case(seed, largest=2 + seed % 4)
        with Verifier(case.core, simulator) as verifier:
            verifier.verify(case.vectors, reset_at=case.reset_at)
            verifier.verify(case.vectors, stalls=seed)
    except Exception as error:  # whatever it is, it is a finding
        return f"{type(error).__name__}: {error} [{case}]".replace("\n", " ")
    return ""


def done(path: Path) -> dict[int, str]:
    """Seeds that have been run, with their findings."""
    if not path.exists():
        return {}
    lines = (line.split("\t", 1) for line in path.read_text().splitlines() if "\t" in line)
    return {int(seed): finding for seed, finding in lines}


def main() -> int:
    """Run seeds until stopped or until so many have been run; 1 if there was a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", type=Path, default=Path("build/soak.tsv"), help="where results are kept")
    parser.add_argument("--jobs", type=int, default=2, help="cores at work")
    parser.add_argument("--count", type=int, help="stop after so many more seeds")
    parser.add_argument("--simulator", default="amaranth")
    options = parser.parse_args()
    options.record.parent.mkdir(parents=True, exist_ok=True)
    before = done(options.record)
    passed, findings = sum(not f for f in before.values()), [s for s, f in before.items() if f]
    print(f"{len(before)} seeds were run before, {passed} passed", flush=True)
    seeds = islice((seed for seed in count(FIRST) if seed not in before), options.count)
    with options.record.open("a") as record, ProcessPoolExecutor(options.jobs) as pool:
        running = {pool.submit(check, seed, options.simulator): seed for seed in islice(seeds, 2 * options.jobs)}
        try:
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    seed, finding = running.pop(future), future.result()
                    record.write(f"{seed}\t{finding}\n")
                    record.flush()
                    passed += not finding
                    findings += [seed] if finding else []
                    print(f"seed {seed}: {finding or 'equal'} ({passed} passed, {len(findings)} not)", flush=True)
                    running |= {pool.submit(check, new, options.simulator): new for new in islice(seeds, 1)}
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
    print(f"{passed} networks passed; findings at seeds {findings}" if findings else f"{passed} networks passed")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
