"""Runs every benchmark and prints its ratios: ``python -m tests.benchmarks [name …]``."""

import sys

from tests.benchmarks import (
    engine,
    iam_decisions,
    idle_day,
    main_job,
    memory,
    notebooks,
    operations,
    scale,
    theater,
    what_if,
    why,
)

BENCHMARKS = {
    "main-job": main_job.report,
    "operations": operations.report,
    "engine": engine.report,
    "what-if": what_if.report,
    "why": why.report,
    "scale": scale.report,
    "idle-day": idle_day.report,
    "memory": memory.report,
    "iam-decisions": iam_decisions.report,
    "notebooks": notebooks.report,
    "theater": theater.report,
}


def main(names: list[str]) -> None:
    for name in names or BENCHMARKS:
        print(f"== {name}")
        BENCHMARKS[name]()


main(sys.argv[1:])
