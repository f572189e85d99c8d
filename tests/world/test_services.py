"""systemd: starting, stopping, enabling, and what it says about it."""

import pytest

from tests.world.machines import SERVE_VAR_WWW, booted, run

UNIT = """[Unit]
Description=Hello

[Service]
ExecStart=/opt/hello/run.sh
User=ec2-user

[Install]
WantedBy=multi-user.target
"""


@pytest.fixture
def made():
    return booted(SERVE_VAR_WWW)


@pytest.mark.parametrize(
    ("command", "stdout", "exit_code"),
    [
        ("systemctl is-active nginx", "active\n", 0),
        ("systemctl is-enabled nginx", "enabled\n", 0),
        ("systemctl is-active nosuch", "inactive\n", 3),
        ("systemctl show -p ActiveState,SubState nginx", "ActiveState=active\nSubState=running\n", 0),
        ("systemctl stop nginx; systemctl is-active nginx", "inactive\n", 3),
        ("systemctl disable nginx 2>/dev/null; systemctl is-enabled nginx", "disabled\n", 1),
        ("systemctl restart nginx; systemctl is-active nginx", "active\n", 0),
        ("service nginx stop 2>/dev/null; systemctl is-active nginx", "inactive\n", 3),
        ("systemctl daemon-reload", "", 0),
    ],
)
def test_systemctl_answers(made, command, stdout, exit_code):
    execution = run(made, command)
    assert (execution.stdout, execution.exit_code) == (stdout, exit_code)


@pytest.mark.parametrize(
    ("command", "stderr", "exit_code"),
    [
        ("systemctl start nosuch", "Failed to start nosuch.service: Unit nosuch.service not found.\n", 5),
        ("systemctl status nosuch", "Unit nosuch.service could not be found.\n", 4),
        ("systemctl enable nosuch", "Failed to enable unit: Unit file nosuch.service does not exist.\n", 1),
        ("systemctl frobnicate nginx", "Unknown command verb frobnicate.\n", 1),
    ],
)
def test_systemctl_refuses(made, command, stderr, exit_code):
    execution = run(made, command)
    assert (execution.stderr, execution.exit_code) == (stderr, exit_code)


def test_status_has_systemds_form_and_lab_time(made):
    lines = run(made, "systemctl status nginx").stdout.splitlines()
    pid = made.services["nginx"].pid
    assert lines[0] == "● nginx.service - The nginx HTTP and reverse proxy server"
    assert lines[1] == "     Loaded: loaded (/usr/lib/systemd/system/nginx.service; enabled; preset: disabled)"
    assert lines[2].startswith("     Active: active (running) since Mon 2026-03-02 09:00:")
    assert lines[3] == f"   Main PID: {pid} (nginx)"
    assert "ip-10-0-0-12 systemd[1]: Started nginx.service" in lines[-1]


def test_a_units_own_program_is_what_it_needs(made):
    made.files.write("/etc/systemd/system/hello.service", UNIT)
    assert run(made, "systemctl start hello").exit_code == 1
    assert "Failed to locate executable /opt/hello/run.sh" in run(made, "journalctl -u hello").stdout
    made.files.mkdir("/opt/hello")
    made.files.write("/opt/hello/run.sh", "#!/bin/bash\n", mode=0o755)
    assert run(made, "systemctl enable --now hello").exit_code == 0
    assert made.service_active("hello")
    assert "ec2-user" in run(made, "ps aux | grep hello/run").stdout
    made.stop()
    made.clock.advance(60)
    made.start()
    made.clock.advance(60)
    assert made.service_active("hello")


def test_a_service_whose_program_is_gone_does_not_come_back(made):
    made.files.remove("/usr/sbin/nginx")
    assert made.service_active("nginx")
    assert run(made, "systemctl restart nginx").exit_code == 1
    assert "status=203/EXEC" in run(made, "systemctl status nginx").stdout


@pytest.mark.parametrize(
    ("command", "state"),
    [("kill -9 $(cat /run/nginx.pid)", "failed"), ("pkill nginx", "inactive"), ("killall nginx", "inactive")],
)
def test_a_service_whose_process_is_killed_is_down(made, command, state):
    run(made, command)
    assert made.services["nginx"].active == state
    assert made.answer(80, "/") is None


def test_only_root_starts_and_stops(made):
    assert "Interactive authentication required" in run(made, "systemctl stop nginx", user="ec2-user").stderr
    assert made.service_active("nginx")
    assert run(made, "sudo systemctl stop nginx", user="ec2-user").exit_code == 0


def test_who_listens_is_shown(made):
    pid = made.services["nginx"].pid
    assert f'0.0.0.0:80           0.0.0.0:* users:(("nginx",pid={pid},fd=6))' in run(made, "ss -tlnp").stdout
    assert f"{pid}/nginx" in run(made, "netstat -tlnp").stdout
