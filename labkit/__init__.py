"""A teaching lab for deployment automation with AWS IAM and CodeDeploy.

>>> import labkit
>>> lab = labkit.start(stage="empty", seed=7)
>>> lab.now.isoformat()
'2026-03-02T09:00:00+00:00'
>>> lab.stop()
"""

from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.lab import Lab, lesson, progress, start

__all__ = ["Lab", "lesson", "progress", "start"]


def __getattr__(name: str) -> object:
    # The front door brings boto3 and moto along; the rules and the world are to be had without them.
    if name in __all__:
        return getattr(_front_door(), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def _front_door() -> ModuleType:
    from labkit.aws.service_models import share_service_models  # noqa: PLC0415
    from labkit.simulation.collector import collector_at_rest  # noqa: PLC0415

    share_service_models()  # before moto's modules, which ask for AWS's regions as soon as they are imported
    with collector_at_rest():
        from labkit import lab  # noqa: PLC0415
    return lab
