"""Traces that Hypothesis makes up: any interleaving of health, answers and lifecycle events."""

from hypothesis import strategies as st

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.view.trace import trace
from labkit.world.events import DeploymentStarted, LifecycleEventChanged, MachineChanged, RevisionInstalled
from tests.view.synthetic import NEW, answers, created, health, instance_id, status, target

INSTANCES = st.integers(1, 4)
HEALTH = st.sampled_from(
    [
        ("healthy", None),
        ("unhealthy", "Target.ResponseCodeMismatch"),
        ("initial", "Elb.InitialHealthChecking"),
        ("initial", "Elb.RegistrationInProgress"),
        ("draining", "Target.DeregistrationInProgress"),
        ("unused", "Target.NotRegistered"),
    ]
)
NAMES = st.sampled_from(["BlockTraffic", "Install", "ApplicationStart", "AllowTraffic"])
EVENT_STATES = st.sampled_from(["Pending", "InProgress", "Succeeded", "Failed", "Skipped"])


def _event(number, name, state):
    return LifecycleEventChanged(deployment_id=NEW, instance_id=instance_id(number), lifecycle_event=name, status=state)


def _machine(number, state):
    return MachineChanged(instance_id=instance_id(number), state=state, availability_zone=f"zone-{number % 2}")


def _installed(number):
    return RevisionInstalled(deployment_id=NEW, instance_id=instance_id(number), revision="student/hello-web@b7e1516")


HAPPENING = st.one_of(
    st.builds(lambda number, found: health(number, *found), INSTANCES, HEALTH),
    st.builds(answers, INSTANCES, st.sampled_from([None, 1, 2]), st.sampled_from([None, 200, 404, 500])),
    st.builds(_event, INSTANCES, NAMES, EVENT_STATES),
    st.builds(_machine, INSTANCES, st.sampled_from(["pending", "running", "stopped", "terminated"])),
    st.builds(target, INSTANCES, st.sampled_from(["Pending", "InProgress", "Succeeded", "Failed", "Skipped"])),
    st.builds(_installed, INSTANCES),
    st.builds(status, st.sampled_from(["Queued", "InProgress"])),
)
PAUSES = st.sampled_from([0.0, 0.0, 0.001, 0.1, 1.0, 2.5, 7.333])


@st.composite
def histories(draw):
    """A deployment of up to four instances in which anything may happen at any moment, and perhaps an end."""
    clock = Clock()
    history = History(clock)
    steps = draw(st.lists(st.tuples(PAUSES, HAPPENING), max_size=30))
    begin = draw(st.integers(0, len(steps)))
    for place, (pause_s, happening) in enumerate([*steps, (1.0, status("InProgress"))]):
        clock.advance(pause_s)
        if place == begin:
            history.record(created(2))
            everybody = tuple(instance_id(number) for number in range(1, draw(INSTANCES) + 1))
            history.record(DeploymentStarted(deployment_id=NEW, instance_ids=everybody, minimum_healthy_hosts=1))
        history.record(happening)
    if draw(st.booleans()):
        history.record(status(draw(st.sampled_from(["Succeeded", "Failed", "Stopped"]))))
    return history


def traces():
    """The traces of such histories."""
    return histories().map(lambda history: trace(history, NEW))
