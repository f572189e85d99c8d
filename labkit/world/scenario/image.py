"""An image for scenarios: the files of a machine whose user data is through."""

from functools import lru_cache

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.simulation.misuse import MisuseError
from labkit.world.base_image import base_image
from labkit.world.events import CommandRan
from labkit.world.files import Directory
from labkit.world.machine import Machine
from labkit.world.surroundings import Identity

INSTALLING_LIMIT_S = 3600.0


@lru_cache(maxsize=8)
def image_after(user_data: str) -> Directory:
    """The files of a fresh Amazon Linux once ``user_data`` has run on it; the same object for the same text.

    Raises ``MisuseError`` if the user data fails or takes longer than an hour.
    """
    clock = Clock()
    history = History(clock)
    identity = Identity(instance_id="i-00000000000000000", private_ip="10.0.0.4", availability_zone="ap-northeast-2a")
    builder = Machine(identity, base_image(), clock=clock, history=history)
    builder.boot(user_data)
    clock.run_until(lambda: bool(history.of(CommandRan)), INSTALLING_LIMIT_S)
    exit_code = history.of(CommandRan)[0].exit_code
    if exit_code:
        raise MisuseError(f"Expected user data that ends with exit code 0, found {exit_code}; try it on a machine.")
    builder.stop()
    clock.advance(60)
    return builder.files.root
