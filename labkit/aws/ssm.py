"""Systems Manager Run Command: ``send_command`` with AWS-RunShellScript runs on the lab's machines.

User guide, "AWS Systems Manager Run Command"; an instance is managed when its SSM agent runs and its role may
report to the service (AmazonSSMManagedInstanceCore).
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ssm.models import Command, SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from labkit.aws.errors import AwsError
from labkit.aws.overrides import Overrides
from labkit.simulation.clock import Process
from labkit.world.execution import Execution
from labkit.world.ports import Permissions
from labkit.world.region import Region

DOCUMENT = "AWS-RunShellScript"
PLUGIN = "aws:runShellScript"
DELIVERY_S = 1.0
EXECUTION_TIMEOUT_S = 3600.0
OUTPUT_LIMIT = 24_000
"""How many characters GetCommandInvocation shows of each stream."""
NO_SUCH_DOCUMENT = ("InvalidDocument", f"This lab runs the document {DOCUMENT}.")
REPORT_ACTION = "ssm:UpdateInstanceInformation"

Original = Callable[..., Any]


class Ssm:
    """Connects moto's Systems Manager with the world's machines."""

    def __init__(self, region: Region, permissions: Permissions) -> None:
        self._region = region
        self._permissions = permissions

    def install(self, overrides: Overrides) -> None:
        """Runs commands for real until ``overrides.undo()``."""
        overrides.around(SimpleSystemManagerBackend, "send_command", self._send_command)
        overrides.add(SimpleSystemManagerResponse, "list_command_invocations", _list_command_invocations)
        overrides.add(
            SimpleSystemManagerResponse,
            "describe_instance_information",
            # A function, so that it binds to the response as moto's own operations do.
            lambda _response: self._describe_instance_information(),
        )

    def is_managed(self, instance_id: str) -> bool:
        """Whether Systems Manager can reach the instance now."""
        machine = self._region.fleet.find(instance_id)
        if machine is None or not machine.running or not machine.service_active("amazon-ssm-agent"):
            return False
        role = self._region.fleet.role_of(instance_id)
        return role is not None and self._permissions.denial(role, REPORT_ACTION, "*", instance_id) is None

    def _send_command(
        self, original: Original, backend: SimpleSystemManagerBackend, *args: Any, **kwargs: Any
    ) -> Command:
        asked = list(dict.fromkeys(kwargs.get("instance_ids") or []))
        for instance_id in asked:
            if not self.is_managed(instance_id):
                raise AwsError(*_not_managed(instance_id, backend.account_id))
        if kwargs["document_name"] != DOCUMENT:
            raise AwsError(*NO_SUCH_DOCUMENT)
        command: Command = original(backend, *args, **{**kwargs, "instance_ids": asked})
        targeted = [
            instance.id
            for target in command.targets
            for reservation in ec2_backends[backend.account_id][backend.region_name].all_reservations(
                filters={target["Key"]: target["Values"]}
            )
            for instance in reservation.instances
        ]
        command.instance_ids = list(dict.fromkeys([*asked, *(i for i in targeted if self.is_managed(i))]))
        command.invocations = [command.invocation_response(i, PLUGIN) for i in command.instance_ids]
        command.target_count, command.completed_count = len(command.instance_ids), 0
        command.status = command.status_details = "Pending" if command.invocations else "Success"
        for invocation in command.invocations:
            _begin(invocation)
            self._region.clock.process(self._run(command, invocation))
        return command

    def _run(self, command: Command, invocation: dict[str, Any]) -> Process:
        clock = self._region.clock
        yield clock.timeout(DELIVERY_S)
        invocation.update(Status="InProgress", StatusDetails="InProgress", ExecutionStartDateTime=clock.now.isoformat())
        command.status = command.status_details = "InProgress"
        began_s = clock.now_s
        parameters = command.parameters
        timeout_s = float((parameters.get("executionTimeout") or [str(EXECUTION_TIMEOUT_S)])[0])
        script = "\n".join(parameters.get("commands") or [])
        machine = self._region.fleet.machine(invocation["InstanceId"])
        execution = yield from machine.run(
            script,
            origin="ssm",
            cwd=(parameters.get("workingDirectory") or [""])[0] or "/usr/bin",
            timeout_s=timeout_s,
        )
        _finish(invocation, execution, clock.now_s - began_s)
        invocation["ExecutionEndDateTime"] = clock.now.isoformat()
        command.completed_count += 1
        if command.completed_count == command.target_count:
            statuses = [one["Status"] for one in command.invocations]
            command.error_count = sum(status != "Success" for status in statuses)
            command.status = command.status_details = next((s for s in statuses if s != "Success"), "Success")

    def _describe_instance_information(self) -> ActionResult:
        machines = self._region.fleet.not_terminated()
        managed = [machine for machine in machines if self.is_managed(machine.instance_id)]
        return ActionResult(
            {
                "InstanceInformationList": [
                    {
                        "InstanceId": machine.instance_id,
                        "PingStatus": "Online",
                        "LastPingDateTime": self._region.clock.now,
                        "PlatformType": "Linux",
                        "PlatformName": "Amazon Linux",
                        "PlatformVersion": "2023",
                        "ResourceType": "EC2Instance",
                        "IPAddress": machine.private_ip,
                        "ComputerName": machine.hostname,
                    }
                    for machine in managed
                ]
            }
        )


def _not_managed(instance_id: str, account_id: str) -> tuple[str, str]:
    return "InvalidInstanceId", f"Instances [[{instance_id}]] not in a valid state for account {account_id}"


def _begin(invocation: dict[str, Any]) -> None:
    invocation.update(
        Status="Pending",
        StatusDetails="Pending",
        ResponseCode=-1,
        ExecutionStartDateTime="",
        ExecutionEndDateTime="",
        ExecutionElapsedTime="",
    )


def _finish(invocation: dict[str, Any], execution: Execution, elapsed_s: float) -> None:
    status = "TimedOut" if execution.timed_out else "Success" if execution.exit_code == 0 else "Failed"
    invocation.update(
        Status=status,
        StatusDetails="ExecutionTimedOut" if execution.timed_out else status,
        ResponseCode=execution.exit_code if execution.exit_code is not None else 128 + (execution.signal or 0),
        StandardOutputContent=execution.stdout[:OUTPUT_LIMIT],
        StandardErrorContent=execution.stderr[:OUTPUT_LIMIT],
        ExecutionElapsedTime=f"PT{elapsed_s:.3f}S",
    )


def _list_command_invocations(response: SimpleSystemManagerResponse) -> ActionResult:
    command_id, instance_id = response._get_param("CommandId"), response._get_param("InstanceId")  # noqa: SLF001
    commands = response.ssm_backend.list_commands(command_id, instance_id)
    return ActionResult(
        {
            "CommandInvocations": [
                {
                    "CommandId": command.command_id,
                    "InstanceId": invocation["InstanceId"],
                    "DocumentName": command.document_name,
                    "RequestedDateTime": command.requested_date_time,
                    "Status": invocation["Status"],
                    "StatusDetails": invocation["StatusDetails"],
                }
                for command in commands
                for invocation in command.invocations
                if instance_id in (None, invocation["InstanceId"])
            ]
        }
    )
