"""A change of a what-if's slider: seconds until the theater has its new trace, and the size of that trace.

The browser's part begins with the message that carries the trace; it is measured with the theater.
"""

import statistics
import sys
import time

from tests.benchmarks.processes import figures

CHANGES = 9
SIZES = (4, 8, 16)
WANTED_S = 0.4


def report() -> None:
    for size in SIZES:
        median, slowest, kilobytes = figures(__name__, str(size))
        print(f"{size:>3} instances: {median * 1000:.0f} ms (slowest {slowest * 1000:.0f}), trace {kilobytes:.0f} kB")
    print(f"wanted: under {WANTED_S * 1000:.0f} ms for 8 instances, the browser's first frame included")


def changes(size: int) -> tuple[float, float, float]:
    """Median and slowest seconds of a change, and the kilobytes of a trace."""
    import json

    from labkit.lessons.alternatives import played
    from labkit.rules.healthy_hosts import PREDEFINED
    from labkit.view.what_if import WhatIf
    from tests.world.scenario.hello import scenario

    asked = scenario(fleet_size=size)
    shown = WhatIf(
        asked, play=played, own=played(asked), configs={config.name: config for config in PREDEFINED}, faults={}
    )
    times = []
    for number in range(1, CHANGES + 1):
        began = time.perf_counter()
        shown.controls.set(deregistration_delay_s=60 + 5 * number)
        times.append(time.perf_counter() - began)
    kilobytes = len(json.dumps(shown.theater.trace)) / 1000
    return statistics.median(times), max(times), kilobytes


if __name__ == "__main__":
    print(*changes(int(sys.argv[1])))
