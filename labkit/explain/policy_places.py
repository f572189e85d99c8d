"""Where a policy is written down, and the boto3 call that reads, replaces or removes it there.

IAM API reference: PutUserPolicy, PutRolePolicy, PutGroupPolicy, CreatePolicyVersion, UpdateAssumeRolePolicy; S3 API
reference: PutBucketPolicy.
"""

import json
from collections.abc import Mapping, Sequence

from labkit.explain.principal import read_principal
from labkit.explain.sentence import Sentence, said
from labkit.rules.iam.decision import Layer
from labkit.rules.iam.request import NamedPolicy

INDENT = 2
OF_AWS = "arn:aws:iam::aws:policy/"
BUCKET = "arn:aws:s3:::"


def policy_words(source: NamedPolicy) -> Sentence:
    """How a sentence names a policy: by its short name, and as what it is attached."""
    name = source.name.rpartition("/")[2] if source.name.startswith("arn:") else source.name
    words = said("the inline policy {name}", name=name) if source.inline else said("the policy {name}", name=name)
    if not source.attached_to:
        return words
    return said("{policy} of {holder}", policy=words, holder=read_principal(source.attached_to).words)


def statements(source: NamedPolicy) -> list[object]:
    """The statements as written."""
    found = source.policy.document.get("Statement", [])
    return list(found) if isinstance(found, list) else [found]


def document(all_statements: Sequence[object]) -> str:
    """A policy document with these statements, as a Python string to be pasted."""
    text = json.dumps({"Version": "2012-10-17", "Statement": list(all_statements)}, indent=INDENT)
    return f'"""{text}"""'


def can_change(source: NamedPolicy) -> bool:
    """Whether the account may: AWS's own managed policies it may not."""
    return not source.name.startswith(OF_AWS)


def rewritten(source: NamedPolicy, layer: Layer, all_statements: Sequence[object]) -> str | None:
    """The call that gives the policy these statements; None if none in the account does."""
    text = document(all_statements)
    holder = source.attached_to or ""
    if source.name.startswith("arn:"):
        arguments = f'PolicyArn="{source.name}", PolicyDocument={text}, SetAsDefault=True'
        return _iam(f"create_policy_version({arguments})") if can_change(source) else None
    if layer == "resource":
        return resource_policy(holder, text)
    if source.inline and layer == "identity":
        return inline_policy(holder, source.name, text)
    return None


def inline_policy(holder: str, name: str, text: str) -> str | None:
    """The call that writes an inline policy of a user, role (or its session) or group."""
    who = read_principal(holder)
    if who.kind not in ("user", "role", "group"):
        return None
    named = f'{who.kind.capitalize()}Name="{who.name}", PolicyName="{name}"'
    return _iam(f"put_{who.kind}_policy({named}, PolicyDocument={text})")


def resource_policy(resource: str, text: str) -> str | None:
    """The call that writes a role's trust policy or a bucket's policy."""
    who = read_principal(resource)
    if who.kind == "role":
        return _iam(f'update_assume_role_policy(RoleName="{who.name}", PolicyDocument={text})')
    if resource.startswith(BUCKET):
        return f'import boto3\nboto3.client("s3").put_bucket_policy(Bucket="{bucket(resource)}", Policy={text})'
    return None


def removed(source: NamedPolicy) -> str | None:
    """The call that takes the whole policy away from its holder."""
    who = read_principal(source.attached_to or "")
    if who.kind not in ("user", "role", "group"):
        bucket_name = bucket(source.attached_to or "")
        return f'import boto3\nboto3.client("s3").delete_bucket_policy(Bucket="{bucket_name}")' if bucket_name else None
    named = f'{who.kind.capitalize()}Name="{who.name}"'
    if source.name.startswith("arn:"):
        return _iam(f'detach_{who.kind}_policy({named}, PolicyArn="{source.name}")')
    return _iam(f'delete_{who.kind}_policy({named}, PolicyName="{source.name}")')


def read(source: NamedPolicy, layer: Layer) -> str:
    """The expression that shows the policy's document."""
    holder = read_principal(source.attached_to or "")
    if source.name.startswith("arn:"):
        version = f'boto3.client("iam").get_policy(PolicyArn="{source.name}")["Policy"]["DefaultVersionId"]'
        call = f'get_policy_version(PolicyArn="{source.name}", VersionId={version})["PolicyVersion"]["Document"]'
        return f'boto3.client("iam").{call}'
    if layer == "resource" and holder.kind == "role":
        return f'boto3.client("iam").get_role(RoleName="{holder.name}")["Role"]["AssumeRolePolicyDocument"]'
    if layer == "resource":
        return f'boto3.client("s3").get_bucket_policy(Bucket="{bucket(source.attached_to or "")}")["Policy"]'
    named = f'{holder.kind.capitalize()}Name="{holder.name}", PolicyName="{source.name}"'
    return f'boto3.client("iam").get_{holder.kind}_policy({named})["PolicyDocument"]'


def bucket(arn: str) -> str:
    """The bucket's name in an ARN of S3, empty in any other.

    >>> bucket("arn:aws:s3:::hello-web-bundles/v2.zip")
    'hello-web-bundles'
    """
    return arn.removeprefix(BUCKET).partition("/")[0] if arn.startswith(BUCKET) else ""


def allows(action: str, resource: str) -> Mapping[str, str]:
    """The smallest statement that allows an action on a resource."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _iam(call: str) -> str:
    return f'import boto3\nboto3.client("iam").{call}'
