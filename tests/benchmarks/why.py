"""``lab.why`` of a deployment to a hundred instances, beside one to ten: processor time of a question.

The first question reads the whole history; a later one only what is new, which is what a student waits for again and
again.
"""

import sys
import time

from tests.benchmarks.processes import figures

SIZES = (10, 100)
FAULTS = ("web-server-not-started", "script-failing", "health-check-wrong-path", "")
AGAIN = 5
WANTED_S = 0.1


def report() -> None:
    for fault in FAULTS:
        small, large = (figures(__name__, str(size), fault) for size in SIZES)
        print(
            f"{fault or 'nothing wrong':<24} {SIZES[1]} instances: first {large[0] * 1000:.0f} ms, again "
            f"{large[1] * 1000:.0f} ms ({large[1] / small[1]:.1f} times as long as for {SIZES[0]})"
        )
    print(f"wanted: under {WANTED_S * 1000:.0f} ms for {SIZES[1]} instances")


def questions(size: int, fault: str) -> tuple[float, float]:
    """Processor seconds of the first question, and of the fastest of some later ones."""
    from labkit.explain.why import Why
    from tests.world.faults_world import FaultyWorld

    world = FaultyWorld(fleet_size=size)
    if fault:
        world.break_it(fault)
    deployment = world.deploy()
    world.region.clock.run_until(lambda: deployment.terminal)
    why, times = Why(world.region), []
    for _ in range(1 + AGAIN):
        began = time.process_time()
        answer = why(deployment.id)
        repr(answer), answer._repr_html_()
        times.append(time.process_time() - began)
    return times[0], min(times[1:])


if __name__ == "__main__":
    print(*questions(int(sys.argv[1]), sys.argv[2]))
