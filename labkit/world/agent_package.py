"""The files of the CodeDeploy agent's package and of its installer, as agent 1.8.1 lays them out.

Source: https://github.com/aws/aws-codedeploy-agent (bin, conf, init.d) and "Install the CodeDeploy agent" in the
CodeDeploy user guide. The agent's Ruby code is not in them: what it does is done by ``labkit.world.agent``.
"""

AGENT_VERSION = "1.8.1"

AGENT_CONFIG = """---
:log_aws_wire: false
:log_dir: '/var/log/aws/codedeploy-agent/'
:pid_dir: '/opt/codedeploy-agent/state/.pid/'
:program_name: codedeploy-agent
:root_dir: '/opt/codedeploy-agent/deployment-root'
:on_premises_config_file: '/etc/codedeploy-agent/conf/codedeploy.onpremises.yml'
:verbose: false
:wait_between_runs: 1
:proxy_uri:
:max_revisions: 5
"""

AGENT_UNIT = """[Unit]
Description=AWS CodeDeploy Host Agent

[Service]
Type=forking
ExecStart=/bin/bash -a -c '[ -f /etc/profile ] && source /etc/profile; /opt/codedeploy-agent/bin/codedeploy-agent start'
ExecStop=/opt/codedeploy-agent/bin/codedeploy-agent stop
RemainAfterExit=no

[Install]
WantedBy=multi-user.target
"""

AGENT_FOLDERS = {
    "/etc/codedeploy-agent/conf": 0o755,
    "/opt/codedeploy-agent/bin": 0o755,
    "/opt/codedeploy-agent/lib": 0o755,
    "/opt/codedeploy-agent/deployment-root/deployment-instructions": 0o755,
    "/opt/codedeploy-agent/deployment-root/deployment-logs": 0o755,
    "/opt/codedeploy-agent/deployment-root/ongoing-deployment": 0o755,
    "/opt/codedeploy-agent/state/.pid": 0o755,
    "/var/log/aws/codedeploy-agent": 0o755,
}


def agent_files() -> dict[str, str]:
    """Path -> content of everything the package installs."""
    run = "#!/usr/bin/env ruby\n# Run by systemd; see codedeploy-agent.service.\n"
    return {
        "/etc/codedeploy-agent/conf/codedeployagent.yml": AGENT_CONFIG,
        "/etc/init.d/codedeploy-agent": '#!/bin/bash\nsystemctl "$1" codedeploy-agent\n',
        "/opt/codedeploy-agent/.version": f"agent_version: OFFICIAL_{AGENT_VERSION}-1_rpm\n",
        "/opt/codedeploy-agent/bin/codedeploy-agent": run,
        "/opt/codedeploy-agent/lib/codedeploy-agent.rb": "# The agent of this lab.\n",
        "/usr/lib/systemd/system/codedeploy-agent.service": AGENT_UNIT,
    }


def installer(region: str) -> str:
    """The script that ``https://aws-codedeploy-REGION.s3.REGION.amazonaws.com/latest/install`` gives."""
    return (
        "#!/usr/bin/env ruby\n"
        "##################################################################\n"
        "# This part of the code might be running on Ruby versions other\n"
        "# than the version the agent needs.\n"
        "##################################################################\n"
        f"# codedeploy-agent installer for {region}\n"
    )
