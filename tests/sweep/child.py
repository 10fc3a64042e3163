"""Runs a sweep in a process of its own: python child.py FOLDER JOBS; a line for each outcome."""

import sys
from contextlib import closing

from rnnhw.sweep import Store, sweep
from tests.sweep.jobs import Job, prepare


def main(folder: str, count: int) -> None:
    jobs = [Job(number, folder, 0.15, "child" if number < 2 else "square") for number in range(count)]
    with closing(sweep(jobs, prepare, Store(f"{folder}/store"), workers=2)) as outcomes:
        for job, _ in outcomes:
            print(job.number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
