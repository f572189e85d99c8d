"""CloudWatch: moto keeps the alarms' settings; metrics, evaluation and alarm history are the lab's own."""

from labkit.aws.cloudwatch.service import CloudWatch

__all__ = ["CloudWatch"]
