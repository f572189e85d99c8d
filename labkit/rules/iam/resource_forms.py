"""What IAM demands of the ARN in a ``Resource`` before it keeps a policy, in its own words.

The evaluation takes any pattern; these demands are made once, by CreatePolicy and its relatives. Recorded from AWS by
moto's authors (``moto.iam.policy_validation``).
"""

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "*")
ARN_PARTS = 6
IAM_PATHS = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)


def problem_of(resource: str) -> str | None:
    """What IAM says against ``resource``; None if nothing.

    >>> problem_of("example_bucket")
    'Resource example_bucket must be in ARN format or "*".'
    """
    if resource == "*":
        return None
    _, colon, rest = resource.partition(":")
    if not colon:
        return f'Resource {resource} must be in ARN format or "*".'
    partition, colon, rest = rest.partition(":")
    if partition not in PARTITIONS:
        return _wrong_partition(partition, rest)
    if not colon:
        return "Resource vendor must be fully qualified and cannot contain regexes."
    service, _, rest = rest.partition(":")
    return _service_problem(resource, service, rest)


def survives_legacy_parsing(resource: str) -> bool:
    """Whether an ARN has a service, and enough parts if it leaves one out."""
    if resource == "*":
        return True
    enough = resource.count(":") >= ARN_PARTS - 1 or "::" not in resource
    return enough and resource.split(":")[2] != ""


def _wrong_partition(partition: str, rest: str) -> str:
    parts = rest.split(":", 3)
    shown = [parts[0] or "*" if len(parts) == 1 else parts[0], *parts[1:], *["*"] * (4 - len(parts))]
    return f'Partition "{partition}" is not valid for resource "arn:{partition}:{":".join(shown)}".'


def _service_problem(resource: str, service: str, rest: str) -> str | None:
    """IAM and S3 have no regions in their ARNs, and IAM's resources stand under known paths."""
    region, _, after = rest.partition(":")
    name = after.partition(":")[2]
    if service == "iam" and region:
        return f"IAM resource {resource} cannot contain region information."
    if service == "s3" and region and not name.startswith("accesspoint/"):
        return f"Resource {resource} can not contain region information."
    if service == "iam" and ":" in rest and name != "*" and not name.startswith(IAM_PATHS):
        return f'IAM resource path must either be "*" or start with {", ".join(IAM_PATHS)}.'
    return None
