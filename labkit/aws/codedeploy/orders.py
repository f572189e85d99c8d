"""What a CreateDeployment call means, together with the settings of its group: the engine's order."""

from collections.abc import Mapping
from typing import Any

from labkit.aws.codedeploy import advanced_options, names, quotas, tag_filters
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.records import DeploymentGroupRecord
from labkit.aws.codedeploy.revisions import read_revision
from labkit.aws.codedeploy.service import CodeDeploy, Parameters
from labkit.rules.revision import DeployableRevision
from labkit.world.deployment.records import BlueGreen, DeploymentOrder

MINUTE_S = 60.0
MODES = ("STANDARD", "RESTART")


def read_order(service: CodeDeploy, record: DeploymentGroupRecord, parameters: Parameters) -> DeploymentOrder:
    """The order; what the call does not say comes from the group. Raises CodeDeploy's modelled exceptions."""
    _check(parameters)
    settings = record.settings
    options = parameters.get("ec2DeploymentOptions") or settings.get("ec2DeploymentOptions")
    rollback = parameters.get("autoRollbackConfiguration") or settings.get("autoRollbackConfiguration")
    restart = parameters.get("deploymentMode") == "RESTART"
    blue_green = settings["deploymentStyle"].get("deploymentType") == "BLUE_GREEN"
    if parameters.get("targetInstances") and not blue_green:
        refuse("InvalidTargetInstances")
    return DeploymentOrder(
        deployment_id=service.engine.new_id(),
        group=record.group,
        revision=_revision_again(record, parameters) if restart else read_revision(parameters),
        config=service.config(
            names.chosen_deployment_config(parameters.get("deploymentConfigName", settings["deploymentConfigName"]))
        ),
        description=parameters.get("description"),
        ignore_application_stop_failures=bool(parameters.get("ignoreApplicationStopFailures")),
        update_outdated_instances_only=bool(parameters.get("updateOutdatedInstancesOnly")),
        file_exists_behavior=parameters.get("fileExistsBehavior") or "DISALLOW",
        restart=restart,
        blue_green=_blue_green(settings, parameters.get("targetInstances") or {}) if blue_green else None,
        rollback_on=_rollback_events(rollback),
        alarms=_alarms(parameters.get("overrideAlarmConfiguration") or settings.get("alarmConfiguration")),
        suspends=() if blue_green else _suspended(options),
    )


def _check(parameters: Parameters) -> None:
    """Raises the modelled exception of the first member that is not in order by itself."""
    advanced_options.check_auto_rollback(parameters.get("autoRollbackConfiguration"))
    advanced_options.check_alarms(parameters.get("overrideAlarmConfiguration"))
    advanced_options.check_ec2_deployment_options(parameters.get("ec2DeploymentOptions"))
    if parameters.get("deploymentMode") not in (None, *MODES):
        refuse("InvalidInput", because=f"Expected deploymentMode to be {' or '.join(MODES)}.")
    green = parameters.get("targetInstances") or {}
    tag_filters.check(tag_filters.TARGET_INSTANCES, green)
    if len(green.get("autoScalingGroups") or []) > quotas.AUTO_SCALING_GROUPS:
        refuse("InvalidTargetInstances", because=f"Expected at most {quotas.AUTO_SCALING_GROUPS} Auto Scaling groups.")


def _revision_again(record: DeploymentGroupRecord, parameters: Parameters) -> DeployableRevision:
    """RESTART: the group's last successful revision; the call must not name one."""
    if parameters.get("revision") or parameters.get("updateOutdatedInstancesOnly"):
        refuse(
            "InvalidInput",
            "A deployment with deploymentMode RESTART takes neither revision nor updateOutdatedInstancesOnly.",
        )
    if record.settings["deploymentStyle"].get("deploymentType") == "BLUE_GREEN":
        refuse("InvalidInput", "deploymentMode RESTART is for in-place deployments.")
    if record.group.target_revision is None:
        refuse(
            "RevisionRequired", "The deployment group has no successful deployment whose revision could be restarted."
        )
    return record.group.target_revision


def _blue_green(settings: Mapping[str, Any], green: Mapping[str, Any]) -> BlueGreen:
    wishes = settings.get("blueGreenDeploymentConfiguration") or {}
    ready = wishes.get("deploymentReadyOption") or {}
    blue = wishes.get("terminateBlueInstancesOnDeploymentSuccess") or {}
    copies = (wishes.get("greenFleetProvisioningOption") or {}).get("action") == "COPY_AUTO_SCALING_GROUP"
    tag_sets = tag_filters.read(tag_filters.TARGET_INSTANCES, green)
    if not copies and not (tag_sets or green.get("autoScalingGroups")):
        refuse("InvalidTargetInstances")
    return BlueGreen(
        copies_auto_scaling_group=copies,
        green_tag_sets=tuple(tuple(filters) for filters in tag_sets),
        green_auto_scaling_groups=tuple(green.get("autoScalingGroups") or ()),
        waits_for_continue=ready.get("actionOnTimeout") == "STOP_DEPLOYMENT",
        ready_wait_s=(ready.get("waitTimeInMinutes") or 0) * MINUTE_S,
        terminates_blue=blue.get("action") == "TERMINATE",
        termination_wait_s=(blue.get("terminationWaitTimeInMinutes") or 0) * MINUTE_S,
    )


def _rollback_events(configuration: Mapping[str, Any] | None) -> frozenset[str]:
    if not configuration or not configuration.get("enabled"):
        return frozenset()
    return frozenset(configuration.get("events") or ())


def _alarms(configuration: Mapping[str, Any] | None) -> tuple[str, ...]:
    if not configuration or not configuration.get("enabled"):
        return ()
    return tuple(alarm["name"] for alarm in configuration.get("alarms") or () if alarm.get("name"))


def _suspended(options: Mapping[str, Any] | None) -> tuple[str, ...]:
    return tuple((options or {}).get("autoScalingGroupProcessesToSuspend") or ())
