"""The deployment engine by itself, in a scenario without boto3 and moto: seconds and memory for each instance.

All at once to 100, 1,000 and 10,000 instances; one at a time, blue/green, to 10, 100 and 1,000.
"""

import resource
import sys
import time

from tests.benchmarks.processes import figures

RUNS = {"ALL_AT_ONCE": (100, 1000, 10_000), "BLUE_GREEN": (10, 100, 1000)}
MEGABYTE = 1_000_000


def report() -> None:
    for kind, sizes in RUNS.items():
        measured = {size: figures(__name__, kind, str(size)) for size in sizes}
        smallest = measured[sizes[0]][0] / sizes[0]
        for size, (seconds, megabytes) in measured.items():
            each = seconds / size
            print(
                f"{kind:<12} {size:>6} instances: {each * 1000:6.2f} ms each, ratio {each / smallest:.2f}; "
                f"{megabytes:.0f} MB, {megabytes * 1000 / size:.0f} kB each"
            )
        growth = measured[sizes[-1]][0] / sizes[-1] / (measured[sizes[-2]][0] / sizes[-2])
        print(f"{kind}: growth from {sizes[-2]} to {sizes[-1]}: {growth:.2f}; wanted: no worse than linear (1)")


def measure(kind: str, size: int) -> tuple[float, float]:
    """Processor seconds of one deployment to a fleet that stands already, and the peak megabytes of the process."""
    from labkit.rules.healthy_hosts import ALL_AT_ONCE, ONE_AT_A_TIME
    from labkit.world.scenario.run import deploy
    from labkit.world.scenario.stand import build
    from tests.world.scenario.hello import scenario

    chosen = scenario(
        fleet_size=size,
        config=ALL_AT_ONCE if kind == "ALL_AT_ONCE" else ONE_AT_A_TIME,
        style="BLUE_GREEN" if kind == "BLUE_GREEN" else "IN_PLACE",
        health_check_interval_s=5,
        health_check_timeout_s=2,
        deregistration_delay_s=0,
    )
    stand = build(chosen)
    began = time.process_time()
    played = deploy(stand, chosen)
    took = time.process_time() - began
    assert played.deployment.status == "Succeeded", played.deployment.error
    return took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE


if __name__ == "__main__":
    print(*measure(sys.argv[1], int(sys.argv[2])))
