"""Policy documents are read when they are stored, so that what is stored can be decided by.

Each service refuses in its own way: CreatePolicy and PutRolePolicy (IAM API Reference), PutBucketPolicy (S3),
SetTopicAttributes (SNS), SetQueueAttributes (SQS).
"""

from collections.abc import Callable, Mapping
from typing import Any

from moto.iam.models import IAMBackend, Role
from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator
from moto.s3.exceptions import S3ClientError
from moto.s3.models import S3Backend
from moto.sns.models import SNSBackend
from moto.sqs.models import SQSBackend

from labkit.aws.errors import AwsError
from labkit.aws.overrides import Overrides
from labkit.rules.iam.grammar import Kind
from labkit.rules.iam.policy import MalformedPolicyError
from labkit.rules.iam.reading import read_policy

Original = Callable[..., Any]


def read_when_stored(overrides: Overrides) -> None:
    """Refuses what is no policy until ``overrides.undo()``."""
    overrides.replace(IAMPolicyDocumentValidator, "validate", _validate("identity"))
    overrides.replace(IAMTrustPolicyDocumentValidator, "validate", _validate("trust"))
    overrides.around(IAMBackend, "create_role", _create_role)
    overrides.around(S3Backend, "put_bucket_policy", _put_bucket_policy)
    overrides.around(SNSBackend, "set_topic_attribute", _set_topic_attribute)
    overrides.around(SQSBackend, "set_queue_attributes", _set_queue_attributes)


def _validate(kind: Kind) -> Callable[[Any], None]:
    def validate(validator: Any) -> None:
        _check(validator._policy_document, kind, "MalformedPolicyDocument")  # noqa: SLF001 - what it was made with

    return validate


def _check(document: str, kind: Kind, code: str, message: str | None = None) -> None:
    """Raises ``code`` with ``message``, or else the reader's own words, if the document is no policy of its kind."""
    try:
        read_policy(document, kind)
    except MalformedPolicyError as error:
        raise AwsError(code, message or str(error)) from error


def _create_role(original: Original, backend: IAMBackend, name: str, document: str, *rest: Any, **more: Any) -> Role:
    """Moto reads a trust policy only when it is changed."""
    _check(document, "trust", "MalformedPolicyDocument")
    role: Role = original(backend, name, document, *rest, **more)
    return role


def _put_bucket_policy(original: Original, backend: S3Backend, bucket_name: str, policy: bytes) -> None:
    try:
        _check(policy.decode(errors="replace"), "resource", "MalformedPolicy")
    except AwsError as error:
        raise S3ClientError(error.code, error.message) from error  # the only kind that moto's S3 serializes
    original(backend, bucket_name, policy)


def _set_topic_attribute(original: Original, backend: SNSBackend, arn: str, name: str, value: str) -> None:
    if name.lower() == "policy":
        _check(value, "resource", "InvalidParameter", "Invalid parameter: Policy Error: null")
    original(backend, arn, name, value)


def _set_queue_attributes(
    original: Original, backend: SQSBackend, queue_name: str, attributes: Mapping[str, Any]
) -> None:
    if attributes.get("Policy"):
        message = "Invalid value for the parameter Policy."
        _check(attributes["Policy"], "resource", "InvalidAttributeValue", message)
    original(backend, queue_name, attributes)
