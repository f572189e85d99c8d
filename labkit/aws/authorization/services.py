"""The services whose operations are known to the gate, and what they are called in a request, in boto3 and in IAM."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """``name``: boto3's; ``prefix``: in actions (``elasticloadbalancing:CreateRule``) and in the signature's scope."""

    name: str
    prefix: str


SERVICES = {
    "iam": Service("iam", "iam"),
    "sts": Service("sts", "sts"),
    "s3": Service("s3", "s3"),
    "ec2": Service("ec2", "ec2"),
    "auto-scaling": Service("autoscaling", "autoscaling"),
    "elastic-load-balancing-v2": Service("elbv2", "elasticloadbalancing"),
    "codedeploy": Service("codedeploy", "codedeploy"),
    "ssm": Service("ssm", "ssm"),
    "cloudwatch": Service("cloudwatch", "cloudwatch"),
    "sns": Service("sns", "sns"),
    "sqs": Service("sqs", "sqs"),
    "eventbridge": Service("events", "events"),
    "cloudwatch-logs": Service("logs", "logs"),
}
"""By the name botocore gives a service in its events (``before-send.auto-scaling.…``)."""

BY_NAME = {service.name: service for service in SERVICES.values()}
"""By boto3's name."""
