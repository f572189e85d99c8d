"""Machines for tests: booted, in lab time, and a short way to run something on them."""

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.base_image import base_image
from labkit.world.execution import Execution
from labkit.world.machine import Machine
from labkit.world.surroundings import Identity

ROLE = "arn:aws:iam::123456789012:role/hello-web-instance"

SERVE_VAR_WWW = """#!/bin/bash
dnf install -y nginx
cat > /etc/nginx/conf.d/hello-web.conf <<'EOF'
server {
    listen 80 default_server;
    root /var/www;
    location / { try_files $uri $uri/index.html =404; }
}
EOF
systemctl enable --now nginx
"""


def machine(user_data="", *, root=None, role=lambda: ROLE, network=None, number=12) -> Machine:
    """A machine that has just been asked for."""
    clock = Clock()
    identity = Identity(
        instance_id=f"i-{number:017x}", private_ip=f"10.0.0.{number}", availability_zone="ap-northeast-2a"
    )
    surroundings = {"network": network} if network else {}
    made = Machine(identity, root or base_image(), clock=clock, history=History(clock), role=role, **surroundings)
    made.boot(user_data)
    return made


def booted(user_data="", **more) -> Machine:
    """A machine whose user data, if any, is through."""
    made = machine(user_data, **more)
    made.clock.advance(120)
    return made


def run(made: Machine, command: str, **more) -> Execution:
    """What comes of a command; lab time passes."""
    execution: Execution = made.clock.run_process(made.run(command, **more))
    return execution


def script(made: Machine, text: str, path="/opt/hook.sh", mode=0o755, **more) -> Execution:
    """What comes of a script that is laid on the machine and started by its path, as the agent starts hooks."""
    made.files.write(path, text)
    made.files.chmod(path, mode)
    return run(made, path, **more)
