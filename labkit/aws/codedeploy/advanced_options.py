"""Triggers, alarms, rollbacks and what is suspended in an Auto Scaling group: of a group, or of one deployment.

User guide, "Configure advanced options for a deployment group"; API reference, TriggerConfig, AlarmConfiguration,
AutoRollbackConfiguration, EC2DeploymentOptions.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.aws.codedeploy import quotas
from labkit.aws.codedeploy.errors import refuse

SNS_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
ALARM_NAME_LENGTH = 255
TRIGGER_EVENTS = (
    "DeploymentStart",
    "DeploymentSuccess",
    "DeploymentFailure",
    "DeploymentStop",
    "DeploymentRollback",
    "DeploymentReady",
    "InstanceStart",
    "InstanceSuccess",
    "InstanceFailure",
    "InstanceReady",
)
ROLLBACK_EVENTS = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")
PROCESSES = ("Terminate", "AZRebalance", "InstanceRefresh", "ScheduledActions")


def check_alarms(configuration: Mapping[str, Any] | None) -> None:
    """Raises InvalidAlarmConfig, AlarmsLimitExceeded."""
    names = [alarm.get("name") or "" for alarm in (configuration or {}).get("alarms") or []]
    if len(names) > quotas.ALARMS:
        refuse("AlarmsLimitExceeded")
    if configuration and configuration.get("enabled") and not names:
        refuse("InvalidAlarmConfig", because="Expected alarms, since the configuration is enabled, found none.")
    if any(not 1 <= len(name) <= ALARM_NAME_LENGTH for name in names) or len(set(names)) != len(names):
        refuse("InvalidAlarmConfig", because=f"Expected different names of 1 to {ALARM_NAME_LENGTH} characters.")


def check_triggers(triggers: Sequence[Mapping[str, Any]] | None) -> None:
    """Raises InvalidTriggerConfig, TriggerTargetsLimitExceeded."""
    listed = triggers or []
    if len(listed) > quotas.TRIGGERS:
        refuse("TriggerTargetsLimitExceeded")
    names = [trigger.get("triggerName") for trigger in listed]
    if not all(names) or len(set(names)) != len(names):
        refuse("InvalidTriggerConfig", because="Expected each trigger to have a triggerName of its own.")
    for trigger in listed:
        topic, events = trigger.get("triggerTargetArn") or "", trigger.get("triggerEvents") or []
        if not SNS_TOPIC.fullmatch(topic):
            refuse("InvalidTriggerConfig", because=f"Expected triggerTargetArn to be an SNS topic's, found {topic!r}.")
        if not events or any(event not in TRIGGER_EVENTS for event in events):
            refuse("InvalidTriggerConfig", because=f"Expected triggerEvents out of {', '.join(TRIGGER_EVENTS)}.")


def check_auto_rollback(configuration: Mapping[str, Any] | None) -> None:
    """Raises InvalidAutoRollbackConfig."""
    events = (configuration or {}).get("events") or []
    if any(event not in ROLLBACK_EVENTS for event in events):
        refuse("InvalidAutoRollbackConfig", because=f"Expected events out of {', '.join(ROLLBACK_EVENTS)}.")
    if configuration and configuration.get("enabled") and not events:
        refuse("InvalidAutoRollbackConfig", because="Expected events, since it is enabled, found none.")


def check_ec2_deployment_options(options: Mapping[str, Any] | None) -> None:
    """Raises InvalidAutoScalingGroupProcessToSuspend."""
    processes = (options or {}).get("autoScalingGroupProcessesToSuspend") or []
    if any(process not in PROCESSES for process in processes) or len(set(processes)) != len(processes):
        refuse("InvalidAutoScalingGroupProcessToSuspend", because=f"Found {', '.join(processes)}; name each once.")
