"""Auto Scaling: moto keeps the groups' settings, ``labkit.world.auto_scaling`` makes their instances live and die."""

from labkit.aws.autoscaling.service import AutoScaling

__all__ = ["AutoScaling"]
