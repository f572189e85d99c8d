"""S3's operations and its actions have different names.

Amazon S3 User Guide, "Required permissions for Amazon S3 API operations".
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from moto.s3.models import S3Backend, s3_backends

from labkit.aws.authorization.call import Asked, Call, Rule, Values
from labkit.aws.authorization.resources import arn, resources

SAME_AS: Mapping[str, str] = {
    "CompleteMultipartUpload": "PutObject",
    "CreateBucketMetadataConfiguration": "CreateBucketMetadataTableConfiguration",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketMetadataConfiguration": "DeleteBucketMetadataTableConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketMetadataConfiguration": "GetBucketMetadataTableConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
}
"""The action of an operation that has another name."""

OF_A_VERSION: Mapping[str, str] = {
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTagging": "GetObjectVersionTagging",
    "HeadObject": "GetObjectVersion",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
}
"""The action when the call names a version of the object."""

KEYS: Mapping[str, str] = {
    "Prefix": "s3:prefix",
    "Delimiter": "s3:delimiter",
    "MaxKeys": "s3:max-keys",
    "ACL": "s3:x-amz-acl",
    "VersionId": "s3:VersionId",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "StorageClass": "s3:x-amz-storage-class",
    "CopySource": "s3:x-amz-copy-source",
    "MetadataDirective": "s3:x-amz-metadata-directive",
}
"""The condition keys that are parameters."""


def bucket_exists(call: Call) -> bool:
    """False for a bucket that nobody has: S3 answers NoSuchBucket to everybody."""
    bucket = call.text("Bucket")
    if bucket is None or bucket.startswith("arn:") or call.operation == "CreateBucket":
        return True
    backend: S3Backend = s3_backends[call.account_id]["aws"]
    return bucket in backend.buckets


def context(call: Call) -> dict[str, Values]:
    """S3's own condition keys of a call."""
    return {key: str(call.parameters[name]) for name, key in KEYS.items() if name in call.parameters}


def _named_otherwise(call: Call) -> Iterable[Asked]:
    name = SAME_AS.get(call.operation, call.operation)
    if call.text("VersionId"):
        name = OF_A_VERSION.get(call.operation, name)
    action = f"s3:{name}"
    return (Asked(action, resources(call, action), context(call)),)


def _put_object(call: Call) -> Iterator[Asked]:
    yield from _named_otherwise(call)
    if call.text("ACL"):
        yield Asked("s3:PutObjectAcl", resources(call, "s3:PutObjectAcl"), context(call))
    if call.text("Tagging"):
        yield Asked("s3:PutObjectTagging", resources(call, "s3:PutObjectTagging"), context(call))


def _copy_object(call: Call) -> Iterator[Asked]:
    source, _, version = unquote(call.text("CopySource") or "").partition("?versionId=")
    bucket, _, key = source.lstrip("/").partition("/")
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    yield Asked(action, (arn(call, "s3", "object", BucketName=bucket, ObjectName=key),))
    yield Asked("s3:PutObject", resources(call, "s3:PutObject"), context(call))


def _delete_objects(call: Call) -> Iterator[Asked]:
    deleted: list[dict[str, Any]] = (call.parameters.get("Delete") or {}).get("Objects") or []
    for one in deleted:
        action = "s3:DeleteObjectVersion" if one.get("VersionId") else "s3:DeleteObject"
        place = arn(call, "s3", "object", BucketName=call.text("Bucket") or "*", ObjectName=str(one.get("Key")))
        yield Asked(action, (place,))


RULES: Mapping[str, Rule] = {
    **dict.fromkeys([*SAME_AS, *OF_A_VERSION], _named_otherwise),
    "CreateMultipartUpload": _put_object,
    "PutObject": _put_object,
    "CopyObject": _copy_object,
    "UploadPartCopy": _copy_object,
    "DeleteObjects": _delete_objects,
}
