"""The life of a machine: booting, user data, states, images, what the network sees of it."""

import pytest

from labkit.world.base_image import base_image
from labkit.world.events import CommandRan, MachineChanged, PageChanged, ServiceChanged
from labkit.world.files import FileSystem
from labkit.world.http import Answer
from tests.world.machines import SERVE_VAR_WWW, booted, machine, run


def states(made):
    return [(event.at_s, event.state) for event in made.history.of(MachineChanged)]


def pages(made):
    return [(event.status, event.page.strip()[:20], event.revision) for event in made.history.of(PageChanged)]


def test_a_machine_is_pending_before_it_runs():
    made = machine()
    assert made.state == "pending"
    made.clock.advance(60)
    assert states(made) == [(0.0, "pending"), (10.0, "running")]


def test_enabled_services_start_when_it_boots():
    made = booted()
    assert [(event.service, event.active) for event in made.history.of(ServiceChanged)] == [("amazon-ssm-agent", True)]


def test_user_data_installs_a_web_server_that_answers_404_while_its_root_is_missing():
    made = booted(SERVE_VAR_WWW)
    answer = made.answer(80, "/")
    assert answer is not None
    assert answer.status == 404
    ran = made.history.of(CommandRan)
    assert [(event.origin, event.user, event.exit_code) for event in ran] == [("user-data", "root", 0)]


def test_user_data_runs_once_and_not_again_after_a_stop():
    made = booted("#!/bin/bash\necho again >> /root/times\n")
    made.stop()
    made.clock.advance(60)
    made.start()
    made.clock.advance(120)
    assert made.running
    assert made.files.read("/root/times") == b"again\n"


def test_user_data_that_is_no_script_is_only_noted():
    made = booted("yum install nginx")
    assert "Unhandled non-multipart" in made.files.read_text("/var/log/cloud-init-output.log")
    assert made.history.of(CommandRan) == []


def test_failing_user_data_says_so_in_cloud_inits_log():
    made = booted("#!/bin/bash\necho before\nnosuch\n")
    log = made.files.read_text("/var/log/cloud-init-output.log")
    assert "before\n" in log
    assert "Failed to run module scripts-user" in log


def test_the_page_changes_when_content_arrives_from_outside_the_shell():
    made = booted(SERVE_VAR_WWW)
    made.files.mkdir("/var/www")
    made.files.write("/var/www/index.html", "version 1\n")
    made.revision = "student/hello-web@1a2b3c4"
    made.clock.advance(1)
    assert pages(made)[-1] == (200, "version 1", "student/hello-web@1a2b3c4")
    assert made.revision == "student/hello-web@1a2b3c4"


def test_a_change_that_visitors_cannot_see_records_no_page():
    made = booted(SERVE_VAR_WWW)
    before = pages(made)
    run(made, "touch /root/x; echo y > /var/log/y; systemctl restart amazon-ssm-agent")
    assert pages(made) == before


def test_listeners_hear_of_content_and_power_and_not_of_logs():
    made = booted(SERVE_VAR_WWW)
    heard = []
    stop = made.on_change(lambda: heard.append(made.clock.now_s))
    run(made, "echo x >> /var/log/messages")
    assert heard == []
    run(made, "mkdir -p /var/www; echo hi > /var/www/index.html")
    assert len(heard) == 1
    made.stop()
    assert len(heard) > 1
    count = len(heard)
    stop()
    made.clock.advance(60)
    assert len(heard) == count


def test_a_stopped_machine_answers_nobody_and_keeps_its_files():
    made = booted(SERVE_VAR_WWW)
    run(made, "mkdir -p /var/www; echo hi > /var/www/index.html")
    made.stop()
    assert (made.state, made.answer(80, "/")) == ("stopping", None)
    made.clock.advance(30)
    assert made.state == "stopped"
    made.start()
    made.clock.advance(60)
    assert made.answer(80, "/").body == b"hi\n"
    assert made.service_active("nginx")


def test_a_reboot_takes_the_services_down_and_brings_the_enabled_ones_back():
    made = booted(SERVE_VAR_WWW)
    made.reboot()
    assert (made.state, made.answer(80, "/"), made.service_active("nginx")) == ("running", None, False)
    made.clock.advance(60)
    assert made.answer(80, "/").status == 404


def test_a_terminated_machine_cannot_be_started_again():
    made = booted()
    made.terminate()
    made.clock.advance(60)
    made.start()
    made.stop()
    made.reboot()
    made.clock.advance(60)
    assert [state for _, state in states(made)] == ["pending", "running", "shutting-down", "terminated"]


def test_a_machine_terminated_while_it_boots_never_runs():
    made = machine(SERVE_VAR_WWW)
    made.clock.advance(5)
    made.terminate()
    made.clock.advance(300)
    assert [state for _, state in states(made)] == ["pending", "shutting-down", "terminated"]
    assert made.history.of(CommandRan) == []


def test_a_command_ends_with_the_machine_and_its_later_effects_never_happen():
    made = booted()
    done = made.clock.process(made.run("echo a > /root/a; sleep 30; echo b > /root/b"))
    made.clock.advance(10)
    made.stop()
    made.clock.advance(60)
    assert (done.value.exit_code, done.value.signal) == (None, 9)
    assert made.files.exists("/root/a")
    assert not made.files.exists("/root/b")


def test_a_command_on_a_machine_that_is_down_ends_as_if_killed():
    made = machine()
    assert run(made, "echo hi").signal == 9


def test_an_unknown_user_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match="found 'bob'; add the user"):
        run(booted(), "id", user="bob")


def test_an_image_carries_packages_services_and_files_to_the_next_machine():
    first = booted(SERVE_VAR_WWW)
    run(first, "mkdir -p /srv/data; echo 1 > /srv/data/x")
    second = booted(root=first.files.root, number=13)
    assert second.service_active("nginx")
    assert second.answer(80, "/").status == 404
    assert second.files.read("/srv/data/x") == b"1\n"
    assert run(second, "rpm -q nginx").exit_code == 0


def test_machines_of_one_image_share_every_file_they_have_not_changed():
    first, second = booted(), booted(number=13)
    run(first, "echo x > /root/x")
    assert (
        first.files.stat("/etc/os-release")
        is second.files.stat("/etc/os-release")
        is FileSystem(base_image()).stat("/etc/os-release")
    )


def test_two_machines_that_do_the_same_have_the_same_record_and_the_same_files():
    first, second = booted(SERVE_VAR_WWW), booted(SERVE_VAR_WWW)
    for made in (first, second):
        run(made, "date; echo $$ > /root/pid; ps aux; ls -la / /root; systemctl status nginx", origin="student")
    assert first.history.to_json() == second.history.to_json()
    assert list(first.files.walk()) == list(second.files.walk())


def test_a_command_of_a_student_is_recorded_with_its_end():
    made = booted()
    run(made, "sleep 3; exit 4", origin="student")
    event = made.history.of(CommandRan)[-1]
    assert (event.command, event.exit_code, event.duration_s) == ("sleep 3; exit 4", 4, 3.01)
    assert event.at_s == 123.01


def test_neighbours_are_reached_over_the_network_and_nobody_else_is():
    asked = []

    def network(ip, port, path):
        asked.append((ip, port, path))
        return Answer(200, b"from next door") if ip == "10.0.0.99" else None

    made = booted(network=network)
    assert run(made, "curl -s http://10.0.0.99/health").stdout == "from next door"
    assert run(made, "curl -s http://10.0.0.98:8080/").exit_code == 7
    assert run(made, "curl http://example.com/").stderr == "curl: (6) Could not resolve host: example.com\n"
    assert asked == [("10.0.0.99", 80, "/health"), ("10.0.0.98", 8080, "/")]


def test_the_repr_holds_no_address():
    assert repr(machine()) == "<Machine i-0000000000000000c pending>"
