"""Waiting for a machine: it comes once, and a machine forgets who no longer waits."""

from labkit.world.scenario.run import deploy
from labkit.world.scenario.stand import build
from labkit.world.watch import Watch
from tests.world.machines import booted
from tests.world.scenario.hello import scenario


def listeners(machine):
    return len(machine._front._listeners)


def test_what_is_so_already_comes_at_once():
    machine = booted()
    watch = Watch(machine.clock, machine, lambda: machine.running)
    assert (watch.came, listeners(machine)) == (True, 0)


def test_what_becomes_so_comes_with_the_change_and_only_once():
    machine = booted()
    watch = Watch(machine.clock, machine, lambda: not machine.running)
    assert not watch.came
    machine.stop()
    machine.clock.advance(60)
    machine.start()
    machine.clock.advance(60)
    assert (watch.came, listeners(machine)) == (True, 0)


def test_an_ended_watch_does_not_come():
    machine = booted()
    watch = Watch(machine.clock, machine, lambda: not machine.running)
    watch.end()
    watch.end()
    machine.stop()
    machine.clock.advance(60)
    assert (watch.came, listeners(machine)) == (False, 0)


def test_a_machine_remembers_nobody_of_the_deployments_it_has_been_through():
    asked = scenario(fleet_size=2)
    stand = build(asked)
    deploy(stand, asked)
    # Its target group wants to hear of it, and nobody else.
    assert [listeners(stand.region.fleet.machine(instance_id)) for instance_id in stand.fleet] == [1, 1]
