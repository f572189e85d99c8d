"""How long things take on a machine, in lab seconds: all in one place.

Rounded from what a t3.micro with Amazon Linux 2023 takes; what counts is their order of magnitude.
"""

COMMAND_S = 0.01
"""Any command without a time of its own."""

SERVICE_START_S = 1.0
SERVICE_STOP_S = 0.2
SERVICE_RELOAD_S = 0.1

PACKAGE_METADATA_S = 3.0
"""What dnf needs before it installs anything."""

PACKAGE_REMOVE_S = 2.0

AGENT_INSTALL_S = 12.0
"""The agent's own installer: downloads the package, then installs it."""

DOWNLOAD_S = 0.5
HTTP_REQUEST_S = 0.02
"""A request from one machine to another in the same region, without what the answer itself takes."""
