"""What the service says when a deployment ends badly, in AWS's own words where they are published.

CodeDeploy user guide, "Error codes for CodeDeploy" and "Troubleshooting"; sentences marked *ours* follow
AWS's pattern where AWS publishes only the code.
"""

from labkit.world.deployment.records import ErrorInformation

NO_INSTANCES = ErrorInformation(
    "NO_INSTANCES",
    "The deployment failed because no instances were found for your deployment group. Check your deployment group "
    "settings to make sure the tags for your Amazon EC2 instances or Auto Scaling groups correctly identify the "
    "instances you want to deploy to, and then try again.",
)
HEALTH_CONSTRAINTS = ErrorInformation(
    "HEALTH_CONSTRAINTS",
    "The overall deployment failed because too many individual instances failed deployment, too few healthy "
    "instances are available for deployment, or some instances in your deployment group are experiencing problems.",
)
MANUAL_STOP = ErrorInformation("MANUAL_STOP", "The deployment was stopped by a user.")
"""Ours: the code is AWS's, its sentence is unpublished."""
READY_WAIT_OVER = ErrorInformation(
    "MANUAL_STOP", "The deployment was stopped because the time to wait for ContinueDeployment was over."
)
"""Ours: AWS says that it becomes Stopped, not with which code."""
TIMEOUT = ErrorInformation("TIMEOUT", "The deployment did not end within 8 hours.")
"""Ours."""
AGENT_SILENT = (
    "CodeDeploy agent was not able to receive the lifecycle event. Check the CodeDeploy agent logs on your host and "
    "make sure the agent is running and can connect to the CodeDeploy server."
)
ALLOW_TRAFFIC_TIMED_OUT = (
    "The load balancer did not report the instance as healthy within 60 minutes. Check the health check settings of "
    "the target group and what the instance answers to them."
)
"""Ours: AWS publishes the hour, not the words."""


def health_constraints_invalid(minimum: int, fleet_size: int) -> ErrorInformation:
    """The minimum leaves no instance to take down (ours: AWS publishes the code and its meaning)."""
    return ErrorInformation(
        "HEALTH_CONSTRAINTS_INVALID",
        f"The deployment can't start because the minimum number of healthy instances ({minimum}) leaves none of the "
        f"{fleet_size} instances in the deployment group to deploy to.",
    )


def role_missing(deployment_group: str) -> ErrorInformation:
    """The service role does not exist or can't be assumed."""
    return ErrorInformation("IAM_ROLE_MISSING", f"IAM Role is missing for deployment group: {deployment_group}")


def role_permissions(role: str, service: str) -> ErrorInformation:
    """The service role lacks a permission in ``service`` (AmazonEC2, AmazonElasticLoadBalancingV2 …)."""
    return ErrorInformation(
        "IAM_ROLE_PERMISSIONS",
        f"The IAM role {role} does not give you permission to perform operations in the following AWS service: "
        f"{service}. Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant "
        "permissions to your users or groups by creating IAM policies.",
    )


def load_balancer_missing(target_group: str) -> ErrorInformation:
    """A target group of the deployment group is gone (ours: AWS publishes only the code)."""
    return ErrorInformation(
        "ELASTIC_LOAD_BALANCING_INVALID",
        f"The target group {target_group} could not be found in Elastic Load Balancing.",
    )


def alarm_active(names: list[str]) -> ErrorInformation:
    """One of the deployment group's alarms is in ALARM."""
    listed = " ".join(f"<{name}>" for name in names)
    return ErrorInformation(
        "ALARM_ACTIVE",
        "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the "
        f"affected deployments have been stopped. Activated alarms: {listed}",
    )


def rolled_back_by(stopped: str, rollback: str) -> str:
    """``rollbackMessage`` of the deployment that is rolled back."""
    return f"Deployment {stopped} terminated. Automatic rollback is triggered with a DeploymentId {rollback}."


def rolls_back(stopped: str, rollback: str) -> str:
    """``rollbackMessage`` of the deployment that rolls back."""
    return f"Deployment {rollback} is triggered to roll back deployment {stopped}."


NOTHING_TO_ROLL_BACK_TO = "The deployment group has no successful deployment to roll back to."
"""Ours: AWS's words are unpublished."""
