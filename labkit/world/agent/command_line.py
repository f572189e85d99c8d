"""How the agent turns a script of the AppSpec file into a command.

Nothing is quoted: a space in a location splits it, and shell characters mean what they mean to ``/bin/sh``.
"""

import errno
import os

from labkit.rules.appspec import Script

EXECUTABLE = 0o111
ERRNO_NAMES = {os.strerror(number): f"Errno::{name}" for number, name in errno.errorcode.items()}
"""Ruby's name for the error that starting a program ended with, by the error's text."""


def command_of(script: Script, path: str) -> str:
    """The command line for ``script``, which lies at ``path``. Any ``sudo`` but false and null means yes."""
    as_user = "" if script.runas is None else f"su {script.runas} -c "
    sudo = "" if script.sudo is None or script.sudo is False else "sudo "
    return sudo + as_user + path
