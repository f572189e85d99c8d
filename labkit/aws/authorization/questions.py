"""The way in: one call → the questions IAM is asked, each an action on one resource with all condition keys.

The default, which fits most operations: the action has the operation's name, and its resources are those types of the
Service Authorization Reference that the parameters name. Everything else is in ``RULES``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from labkit.aws.authorization import ec2, other_services, s3
from labkit.aws.authorization.call import Asked, Call, Rule, Values
from labkit.aws.authorization.reference import actions
from labkit.aws.authorization.resources import resources
from labkit.aws.authorization.tags import request_tags, resource_tags

RULES: Mapping[str, Mapping[str, Rule]] = {
    "autoscaling": other_services.AUTO_SCALING,
    "codedeploy": other_services.CODEDEPLOY,
    "ec2": ec2.RULES,
    "events": other_services.EVENTS,
    "iam": other_services.IAM,
    "s3": s3.RULES,
    "sns": other_services.SNS,
    "sqs": other_services.SQS,
    "ssm": other_services.SSM,
    "sts": other_services.STS,
}
"""The exceptions, by prefix and operation."""

NOT_IN_THE_REFERENCE: Mapping[str, frozenset[str]] = {
    "cloudwatch": frozenset(
        {
            "AssociateDatasetKmsKey",
            "DeleteMetricDataQueryDefinition",
            "DescribeAlarmContributors",
            "DisassociateDatasetKmsKey",
            "GetMetricDataQueryDefinition",
            "ListMetricDataQueryDefinitions",
            "PutMetricDataQueryDefinition",
        }
    ),
    "ec2": frozenset(
        {
            "AssociateKmsKeyId",
            "AssociateNetworkingFlexCostAllocationPolicy",
            "CreateCapacityReservationDateChangeQuote",
            "CreateMetricCategory",
            "CreateNetworkingFlexCostAllocationPolicy",
            "CreateTransitGatewayNetworkFunctionAttachment",
            "DeleteClientVpnEndpointAuthorizationPolicy",
            "DeleteMetricCategory",
            "DeleteNetworkingFlexCostAllocationPolicies",
            "DeleteTransitGatewayNetworkFunctionAttachment",
            "DescribeCapacityReservationDateChangeQuotes",
            "DescribeMetricCategories",
            "DescribeNetworkingFlexCostAllocationPolicies",
            "DescribeNetworkingFlexCostAllocationPolicyAssociations",
            "DescribeTransitGatewayNetworkFunctionAttachments",
            "DisassociateKmsKeyId",
            "DisassociateNetworkingFlexCostAllocationPolicy",
            "GetCapacityManagerSupportabilityScores",
            "GetClientVpnEndpointAuthorizationPolicy",
            "GetImageFindings",
            "GetNetworkingFlexCostAllocationPolicyVersions",
            "GetTransitGatewayAttachmentNatConfiguration",
            "ModifyClientVpnEndpointAuthorizationPolicy",
            "ModifyMetricCategory",
            "ModifyNetworkingFlexCostAllocationPolicy",
            "ModifyTransitGatewayAttachmentNatConfiguration",
            "ModifyTransitGatewayNetworkFunctionAttachment",
            "ModifyTransitGatewayPeeringAttachment",
        }
    ),
    "iam": frozenset({"AcquireRole", "UpdateDelegationRequest"}),
    "logs": frozenset({"GetLogObject"}),
    "s3": frozenset({"CreateSession", "ListDirectoryBuckets", "RenameObject", "WriteGetObjectResponse"}),
}
"""Operations whose action the reference does not name: decided as ``service:Operation`` on ``*``, on purpose."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question to IAM. ``context``: the condition keys of the request; those of the caller are not in it.

    ``words``: what the service says instead of IAM's sentence when the answer is no.
    """

    action: str
    resource: str
    context: Mapping[str, Values]
    words: str | None = None


def asked(call: Call) -> Iterable[Asked]:
    """What a call asks for, action by action; nothing for an operation that needs no permission."""
    if call.service.prefix == "s3" and not s3.bucket_exists(call):
        return ()
    rule = RULES.get(call.service.prefix, {}).get(call.operation)
    if rule is not None:
        return rule(call)
    if call.service.prefix == "autoscaling" and call.text("AutoScalingGroupName"):
        return other_services.auto_scaling(call)
    return (Asked(call.action, resources(call, call.action)),)


def questions(call: Call) -> Iterator[Question]:
    """The questions of one call, in the order in which AWS would say no."""
    tags = request_tags(call)
    for one in asked(call):
        for resource in one.resources:
            context = {**tags, **one.context, **resource_tags(call, resource)}
            yield Question(one.action, resource, context, one.words)


def is_known(prefix: str, operation: str) -> bool:
    """Whether an operation has a rule of its own, an action in the reference, or is one we know AWS does not list."""
    own = operation in RULES.get(prefix, {})
    return own or operation in actions(prefix) or operation in NOT_IN_THE_REFERENCE.get(prefix, ())
