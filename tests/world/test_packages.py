"""Installing and removing software: dnf, rpm, the CodeDeploy agent's installer."""

import pytest

from labkit.world.files import FileSystem
from tests.world.machines import booted, run

REGION = "ap-northeast-2"
FETCH = f"wget -q https://aws-codedeploy-{REGION}.s3.{REGION}.amazonaws.com/latest/install && chmod +x install"


@pytest.fixture
def made():
    return booted()


def test_installing_puts_files_users_and_units_on_the_machine(made):
    execution = run(made, "dnf install -y nginx")
    assert "Complete!" in execution.stdout
    assert execution.duration_s > 5
    assert made.files.exists("/usr/sbin/nginx")
    assert made.user_id("nginx") is not None
    assert run(made, "systemctl is-enabled nginx; systemctl is-active nginx").stdout == "disabled\ninactive\n"


@pytest.mark.parametrize(
    ("command", "exit_code", "text"),
    [
        pytest.param("dnf install -y nosuch", 1, "Error: Unable to find a match: nosuch", id="a package nobody has"),
        pytest.param(
            "dnf install -y codedeploy-agent", 1, "Unable to find a match", id="the agent is not in the repository"
        ),
        pytest.param("dnf install nginx", 1, "Operation aborted.", id="nobody is there to say yes"),
        pytest.param("dnf install -y bash-nothing nginx", 1, "bash-nothing", id="one unknown among known"),
        pytest.param("dnf frobnicate", 1, "No such command: frobnicate", id="an unknown action"),
        pytest.param("rpm -q nginx", 1, "package nginx is not installed", id="asking for what is not there"),
        pytest.param("apt-get install -y nginx", 127, "apt-get: command not found", id="another system's tool"),
        pytest.param("amazon-linux-extras install nginx1", 127, "command not found", id="Amazon Linux 2's tool"),
        pytest.param("aws s3 ls", 127, "aws: command not found", id="the CLI is not installed"),
    ],
)
def test_what_cannot_be_done_is_refused(made, command, exit_code, text):
    execution = run(made, command)
    assert execution.exit_code == exit_code
    assert text in execution.stdout + execution.stderr
    assert not made.files.exists("/usr/sbin/nginx")


def test_only_root_installs(made):
    assert "superuser privileges" in run(made, "dnf install -y nginx", user="ec2-user").stderr
    assert run(made, "sudo yum install -y nginx", user="ec2-user").exit_code == 0


def test_installing_twice_changes_nothing(made):
    run(made, "dnf install -y wget")
    before = made.files.root
    execution = run(made, "dnf install -y wget")
    assert "is already installed" in execution.stdout
    assert "Nothing to do." in execution.stdout
    assert list(made.files.walk()) == list(FileSystem(before).walk())


def test_removing_takes_the_packages_files_and_leaves_others(made):
    run(made, "dnf install -y nginx; echo mine > /usr/share/nginx/html/mine.html; dnf remove -y nginx")
    assert not made.files.exists("/usr/sbin/nginx")
    assert made.files.exists("/usr/share/nginx/html/mine.html")
    assert run(made, "nginx -v").exit_code == 127
    assert run(made, "systemctl start nginx").stderr == "Failed to start nginx.service: Unit nginx.service not found.\n"


def test_configuration_that_is_there_already_is_kept(made):
    run(made, "mkdir -p /etc/nginx; echo mine > /etc/nginx/nginx.conf; dnf install -y nginx")
    assert made.files.read("/etc/nginx/nginx.conf") == b"mine\n"


def test_the_agent_needs_ruby(made):
    execution = run(made, f"cd /root; dnf install -y wget >/dev/null; {FETCH} && ./install auto")
    assert execution.exit_code == 127
    assert execution.stderr == "/usr/bin/env: 'ruby': No such file or directory\n"


def test_the_agents_installer_installs_enables_and_starts_it(made):
    execution = run(made, f"cd /home/ec2-user; dnf install -y ruby wget >/dev/null; {FETCH}; sudo ./install auto")
    assert execution.exit_code == 0
    assert made.service_active("codedeploy-agent")
    assert made.files.read_text("/opt/codedeploy-agent/.version") == "agent_version: OFFICIAL_1.8.1-1_rpm\n"
    pid = made.services["codedeploy-agent"].pid
    assert run(made, "service codedeploy-agent status").stdout == f"The AWS CodeDeploy agent is running as PID {pid}\n"
    assert run(made, "cat /opt/codedeploy-agent/state/.pid/codedeploy-agent.pid").stdout == f"{pid}\n"
    made.reboot()
    made.clock.advance(60)
    assert made.service_active("codedeploy-agent")


def test_without_its_service_the_agent_says_so(made):
    run(made, f"cd /root; dnf install -y ruby wget >/dev/null; {FETCH}; ./install auto; service codedeploy-agent stop")
    execution = run(made, "sudo service codedeploy-agent status")
    assert (execution.stderr, execution.exit_code) == ("error: No AWS CodeDeploy agent running\n", 3)
    assert run(made, "dnf remove -y ruby; systemctl start codedeploy-agent").exit_code == 1
    assert not made.service_active("codedeploy-agent")


def test_curl_fetches_the_installer_of_any_region(made):
    address = "https://aws-codedeploy-us-east-1.s3.us-east-1.amazonaws.com/latest/install"
    assert "installer for us-east-1" in run(made, f"curl -s {address}").stdout
    assert run(made, f"curl -sf {address}x").exit_code == 22
