"""The commands that the lab itself answers on a machine: what bash's sandbox does not know or could not know.

Importing this package enters all of them in ``labkit.world.shell.call.COMMANDS``.
"""

from labkit.world.commands import (  # noqa: F401 - imported for what they enter in the table
    absent,
    attributes,
    copying,
    finding,
    http,
    identity,
    listing,
    making,
    network,
    packages,
    permissions,
    processes,
    programs,
    services,
    shells,
    time,
    users,
    web,
)
