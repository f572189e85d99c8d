"""DescribeScalingActivities: what each group did, newest first. API reference."""

import json
from collections.abc import Callable
from typing import Any

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from labkit.aws.autoscaling.records import Records, refuse
from labkit.aws.overrides import Overrides
from labkit.world.auto_scaling.activities import Activity
from labkit.world.auto_scaling.group import AutoScalingGroup

MAX_RECORDS = 100
Original = Callable[..., Any]


class ActivityOperations:
    """Answers from the world's groups; moto always says that nothing happened."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def install(self, overrides: Overrides) -> None:
        """Takes over until ``overrides.undo()``."""
        overrides.around(AutoScalingResponse, "describe_scaling_activities", self._describe)

    def _describe(self, _original: Original, response: AutoScalingResponse) -> ActionResult:
        parameters = response._get_params()  # noqa: SLF001 - moto's way to read parameters
        found = self._found(parameters)
        token, limit = parameters.get("NextToken"), int(parameters.get("MaxRecords") or MAX_RECORDS)
        ids = [shape["ActivityId"] for shape in found]
        if token and token not in ids:
            raise refuse("The token is not valid.", "InvalidNextToken")
        begin = ids.index(token) if token else 0
        end = begin + min(limit, MAX_RECORDS)
        return ActionResult({"Activities": found[begin:end], "NextToken": ids[end] if end < len(ids) else None})

    def _found(self, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        name, ids = parameters.get("AutoScalingGroupName"), parameters.get("ActivityIds")
        deleted = str(parameters.get("IncludeDeletedGroups", "")).lower() == "true"
        groups = [*self._records.groups.all, *(self._records.groups.former if deleted else ())]
        activities = [
            (activity, group)
            for group in groups
            if not name or group.name == name
            for activity in group.roster.activities.newest_first()
            if not ids or activity.id in ids
        ]
        activities.sort(key=lambda pair: pair[0].start_s, reverse=True)  # stable: within a group they are in order
        return [activity_shape(activity, group, self._arn(group)) for activity, group in activities]

    def _arn(self, group: AutoScalingGroup) -> str | None:
        record = self._records.compute.backend.autoscaling_groups.get(group.name)
        return None if record is None else record.arn


def activity_shape(activity: Activity, group: AutoScalingGroup, arn: str | None) -> dict[str, Any]:
    """``Activity`` in the API's shape; ``arn``: the group's, None if it is deleted."""
    clock = group.roster.clock
    return {
        "ActivityId": activity.id,
        "AutoScalingGroupName": activity.auto_scaling_group,
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": clock.moment(activity.start_s),
        "EndTime": None if activity.end_s is None else clock.moment(activity.end_s),
        "StatusCode": activity.status_code,
        "StatusMessage": activity.status_message,
        "Progress": activity.progress,
        "Details": json.dumps({"Availability Zone": activity.availability_zone} if activity.availability_zone else {}),
        "AutoScalingGroupState": None if arn else "Deleted",
        "AutoScalingGroupARN": arn,
    }
