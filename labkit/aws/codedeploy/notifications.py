"""What CodeDeploy tells others: messages to SNS for a group's triggers, state-change events to EventBridge.

User guide, "Monitoring deployments with Amazon SNS event notifications" (and its JSON format) and "Monitoring
deployments with Amazon CloudWatch Events". Both read the lab's history, so they say what it says.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.events.models import events_backends
from moto.sns.models import sns_backends

from labkit.aws.codedeploy.records import DeploymentGroupRecord
from labkit.aws.codedeploy.service import CodeDeploy
from labkit.aws.gate import Gate
from labkit.simulation.history import Event, History
from labkit.world.deployment.records import Deployment, Target
from labkit.world.events import DeploymentChanged, DeploymentTargetChanged
from labkit.world.ports import Permissions

DEPLOYMENT_EVENTS = {
    "Created": "DeploymentStart",
    "Succeeded": "DeploymentSuccess",
    "Failed": "DeploymentFailure",
    "Stopped": "DeploymentStop",
    "Ready": "DeploymentReady",
}
INSTANCE_EVENTS = {
    "InProgress": "InstanceStart",
    "Succeeded": "InstanceSuccess",
    "Failed": "InstanceFailure",
    "Ready": "InstanceReady",
}
EVENTBRIDGE_STATES = {
    "Created": "START",
    "Ready": "READY",
    "Succeeded": "SUCCESS",
    "Failed": "FAILURE",
    "Stopped": "STOP",
    "InProgress": "START",
}


@dataclass(frozen=True, slots=True)
class Outside:
    """What telling others takes: the history that is told, lab time for what is sent, the right to send it."""

    history: History
    gate: Gate
    permissions: Permissions


class Notifications:
    """Listens to the history for one region and passes on what the outside wants to hear."""

    def __init__(self, service: CodeDeploy, outside: Outside, account_id: str, region: str) -> None:
        self._service = service
        self._gate = outside.gate
        self._permissions = outside.permissions
        self._account_id = account_id
        self._region = region
        outside.history.listen(self._hear)

    def announce(self, deployment: Deployment) -> None:
        """A deployment was accepted (its status Created is not a change)."""
        self._deployment(deployment, "Created")
        if deployment.order.rolls_back is not None:
            self._publish(deployment, "DeploymentRollback", self._deployment_body(deployment, "Created"))

    def _hear(self, event: Event) -> None:
        if isinstance(event, DeploymentChanged | DeploymentTargetChanged):
            deployment = self._service.deployments.get(event.deployment_id)
            if deployment is None:
                return
            if isinstance(event, DeploymentChanged):
                self._deployment(deployment, event.status)
            else:
                self._instance(deployment, deployment.targets[event.instance_id], event.status)

    # --- deployments and instances -------------------------------------------------------------

    def _deployment(self, deployment: Deployment, status: str) -> None:
        if status not in DEPLOYMENT_EVENTS:
            return
        self._publish(deployment, DEPLOYMENT_EVENTS[status], self._deployment_body(deployment, status))
        self._put_event(
            "CodeDeploy Deployment State-change Notification",
            deployment,
            EVENTBRIDGE_STATES[status],
            {"instanceGroupId": deployment.order.group.id},
        )

    def _instance(self, deployment: Deployment, target: Target, status: str) -> None:
        if status not in INSTANCE_EVENTS:
            return
        self._publish(deployment, INSTANCE_EVENTS[status], self._instance_body(deployment, target, status))
        self._put_event(
            "CodeDeploy Instance State-change Notification",
            deployment,
            EVENTBRIDGE_STATES[status],
            {
                "instanceId": self._service.instance_arn(target.instance_id),
                "instanceGroupId": deployment.order.group.id,
            },
        )

    # --- SNS -----------------------------------------------------------------------------------

    def _triggers(self, deployment: Deployment, event: str) -> Iterator[dict[str, Any]]:
        record = self._record(deployment)
        for trigger in (record.settings.get("triggerConfigurations") or []) if record else []:
            if event in (trigger.get("triggerEvents") or []):
                yield trigger

    def _publish(self, deployment: Deployment, event: str, body: dict[str, Any]) -> None:
        for trigger in self._triggers(deployment, event):
            topic = trigger["triggerTargetArn"]
            role = deployment.order.group.service_role
            backend = sns_backends[self._account_id][self._region]
            if topic not in backend.topics or self._permissions.denial(role, "sns:Publish", topic) is not None:
                continue  # as on AWS, a message that can't be sent does not touch the deployment
            message = {**body, "eventTriggerName": trigger["triggerName"]}
            with self._gate.lab_time():
                backend.publish(json.dumps(message), topic, subject=_subject(deployment, body))

    def _deployment_body(self, deployment: Deployment, status: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            **self._where(deployment),
            "applicationName": deployment.order.group.application,
            "deploymentGroupName": deployment.order.group.name,
            "status": status.upper(),
            "createTime": self._text(deployment.created_s),
        }
        if deployment.completed_s is not None:
            body["completeTime"] = self._text(deployment.completed_s)
        if deployment.targets:
            counts = {name: str(count) for name, count in deployment.overview.items() if name != "Ready"}
            body["deploymentOverview"] = json.dumps(counts)
        if deployment.error is not None:
            error = {"ErrorCode": deployment.error.code, "ErrorMessage": deployment.error.message}
            body["errorInformation"] = json.dumps(error)
        return body

    def _instance_body(self, deployment: Deployment, target: Target, status: str) -> dict[str, Any]:
        events = [
            {
                "LifecycleEvent": event.name,
                "LifecycleEventStatus": event.status,
                "StartTime": self._text(event.start_s),
                "EndTime": self._text(event.end_s),
            }
            for event in target.lifecycle_events
        ]
        return {
            **self._where(deployment),
            "instanceId": self._service.instance_arn(target.instance_id),
            "lastUpdatedAt": self._text(target.updated_s),
            "instanceStatus": status.upper(),
            "lifecycleEvents": json.dumps(events),
        }

    def _where(self, deployment: Deployment) -> dict[str, Any]:
        return {"region": self._region, "accountId": self._account_id, "deploymentId": deployment.id}

    def _text(self, at_s: float | None) -> str | None:
        moment = self._service.moment(at_s)
        return None if moment is None else f"{moment:%a %b %d %H:%M:%S UTC %Y}"

    def _record(self, deployment: Deployment) -> DeploymentGroupRecord | None:
        group = deployment.order.group
        application = self._service.applications.get(group.application)
        return application.groups.get(group.name) if application else None

    # --- EventBridge ---------------------------------------------------------------------------

    def _put_event(self, detail_type: str, deployment: Deployment, state: str, more: dict[str, Any]) -> None:
        group = deployment.order.group
        detail = {
            "region": self._region,
            "deploymentId": deployment.id,
            "state": state,
            "application": group.application,
            "deploymentGroup": group.name,
            **more,
        }
        event = {
            "Source": "aws.codedeploy",
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
            "Resources": [
                self._service.application_arn(group.application),
                self._service.deployment_group_arn(group.application, group.name),
            ],
        }
        backend = events_backends[self._account_id][self._region]
        if any(bus.rules for bus in backend.event_buses.values()):
            with self._gate.lab_time():
                backend.put_events([event])


def _subject(deployment: Deployment, body: dict[str, Any]) -> str:
    status = body.get("status") or body.get("instanceStatus")
    return f"{status}: AWS CodeDeploy {deployment.id} in {body['region']} to {deployment.order.group.application}"
