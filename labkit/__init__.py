"""A teaching lab for deployment automation with AWS IAM and CodeDeploy.

>>> import labkit
>>> lab = labkit.start(stage="empty", seed=7)
>>> lab.now.isoformat()
'2026-03-02T09:00:00+00:00'
>>> lab.stop()
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.lab import Lab, lesson, progress, start

__all__ = ["Lab", "lesson", "progress", "start"]


def __getattr__(name: str) -> object:
    # The front door brings boto3 and moto along; the rules and the world are to be had without them.
    if name in __all__:
        from labkit import lab  # noqa: PLC0415

        return getattr(lab, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
