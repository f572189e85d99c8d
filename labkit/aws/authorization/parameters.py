"""Which parameter of a call names a resource: the variables of ARN templates, by the names boto3's parameters have.

A variable that is not listed is looked for under its own name, in any letter case, also in the plural
(``InstanceId``: ``InstanceIds``).
"""

from collections.abc import Mapping

NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "autoscaling": {"GroupFriendlyName": ("AutoScalingGroupName", "AutoScalingGroupNames")},
    "cloudwatch": {
        "AlarmMuteRuleName": ("AlarmMuteRuleName", "Name"),
        "DatasetId": ("DatasetIdentifier",),
        "InsightRuleName": ("RuleName", "RuleNames"),
        "MetricStreamName": ("Name", "Names"),
    },
    "codedeploy": {
        "DeploymentConfigurationName": ("deploymentConfigName",),
        "DeploymentGroupName": ("deploymentGroupName", "currentDeploymentGroupName", "deploymentGroupNames"),
        "ApplicationName": ("applicationName", "applicationNames"),
        "InstanceName": ("instanceName", "instanceNames"),
    },
    "ec2": {
        "DedicatedHostId": ("HostIds",),
        "GroupName": ("GroupName",),
        "Ipv4PoolCoipId": ("PoolId", "CoipPoolId"),
        "Ipv4PoolEc2Id": ("PoolId",),
        "Ipv6PoolEc2Id": ("PoolId",),
        "KeyPairName": ("KeyName",),
        "LocalGatewayRoutetableId": ("LocalGatewayRouteTableId",),
        "NaclId": ("NetworkAclId",),
        "PlacementGroupName": ("GroupName",),
        "ReservationId": ("ReservedInstancesIds", "ReservedInstanceIds"),
        "SecurityGroupId": ("GroupId", "GroupIds", "SecurityGroupIds", "Groups"),
        "SpotInstanceRequestId": ("SpotInstanceRequestIds",),
        "VpcEndpointServiceId": ("ServiceId", "ServiceIds"),
        "VpcFlowLogId": ("FlowLogIds", "FlowLogId"),
        "VpnGatewayId": ("GatewayId", "VpnGatewayId"),
    },
    "elasticloadbalancing": {
        "LoadBalancerName": ("LoadBalancerName",),
        "TargetGroupName": ("TargetGroupName",),
    },
    "events": {
        "ApiDestinationName": ("Name",),
        "ArchiveName": ("ArchiveName",),
        "ConnectionName": ("Name",),
        "EndpointName": ("Name",),
        "EventSourceName": ("Name", "EventSourceName"),
        "ReplayName": ("ReplayName",),
    },
    "logs": {
        "DeliveryDestinationName": ("name", "deliveryDestinationName"),
        "DeliveryName": ("id",),
        "DeliverySourceName": ("name", "deliverySourceName"),
        "DestinationName": ("destinationName",),
        "LogGroupName": ("logGroupName", "logGroupIdentifier", "logGroupNames", "logGroupIdentifiers"),
        "ScheduledQueryId": ("identifier",),
    },
    "s3": {"BucketName": ("Bucket",), "ObjectName": ("Key",), "Name": ()},
    "sns": {"TopicName": ("Name",)},
    "sqs": {"QueueName": ("QueueName",)},
    "ssm": {
        "AutomationDefinitionName": ("DocumentName",),
        "BucketName": (),
        "CloudConnectorId": ("CloudConnectorId",),
        "DocumentName": ("Name", "DocumentName"),
        "ParameterNameWithoutLeadingSlash": ("Name", "Names", "Path"),
        "PatchBaselineIdResourceId": ("BaselineId",),
        "ResourceId": ("OpsItemId", "WindowId", "SettingId", "ResourceId"),
        "RoleName": ("IamRole",),
        "SyncName": ("SyncName",),
    },
}
