"""Runs every benchmark and prints its ratios: ``python -m tests.benchmarks [name …]``."""

import sys

from tests.benchmarks import idle_day, main_job, memory, scale

BENCHMARKS = {"main-job": main_job.report, "scale": scale.report, "idle-day": idle_day.report, "memory": memory.report}


def main(names: list[str]) -> None:
    for name in names or BENCHMARKS:
        print(f"== {name}")
        BENCHMARKS[name]()


main(sys.argv[1:])
