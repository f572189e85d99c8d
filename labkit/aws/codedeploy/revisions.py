"""Revisions: registered by hand or by being deployed."""

import re
from collections.abc import Mapping
from typing import Any

from labkit.aws.codedeploy import names, quotas
from labkit.aws.codedeploy.errors import refuse
from labkit.aws.codedeploy.paging import page
from labkit.aws.codedeploy.records import Application, AppSpecRevision, RegisteredRevision, RevisionRecord
from labkit.aws.codedeploy.service import Answer, CodeDeploy, Parameters, operation
from labkit.rules.revision import DeployableRevision, S3Revision, from_location

BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{3,255}")
MAX_KEY_PREFIX = 1024
APPSPEC_TYPES = {"String": "string", "AppSpecContent": "appSpecContent", "S3": "s3Location"}
"""How revisions of Lambda and ECS are given: revisionType, and the member that it announces."""
APPSPEC_BUNDLE_TYPES = ("YAML", "JSON")
SORT_KEYS = {"registerTime": "registered", "firstUsedTime": "first_used", "lastUsedTime": "last_used"}


@operation("RegisterApplicationRevision")
def register_application_revision(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, RegisterApplicationRevision."""
    application = service.application(names.application_name(parameters))
    description = parameters.get("description")
    if description and len(description) > quotas.DESCRIPTION_LENGTH:
        refuse("DescriptionTooLong")
    remember(service, application, _registrable(application, parameters.get("revision")), description)
    return {}


@operation("GetApplicationRevision")
def get_application_revision(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, GetApplicationRevision."""
    application = service.application(names.application_name(parameters))
    record = _find(application, _registrable(application, parameters.get("revision")))
    if record is None:
        refuse("RevisionDoesNotExist")
    return {
        "applicationName": application.name,
        "revision": record.revision.to_location(),
        "revisionInfo": _info(application, record),
    }


@operation("BatchGetApplicationRevisions")
def batch_get_application_revisions(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, BatchGetApplicationRevisions; unknown revisions are named in ``errorMessage``."""
    application = service.application(names.application_name(parameters))
    locations = parameters.get("revisions") or []
    if not locations:
        refuse("RevisionRequired")
    if len(locations) > quotas.BATCH:
        refuse("BatchLimitExceeded", because=f"Expected at most {quotas.BATCH} revisions, found {len(locations)}.")
    wanted = [_registrable(application, location) for location in locations]
    found = [(revision, _find(application, revision)) for revision in wanted]
    missing = [revision.label for revision, record in found if record is None]
    return {
        "applicationName": application.name,
        "errorMessage": f"No revision found for: {', '.join(missing)}" if missing else "",
        "revisions": [
            {"revisionLocation": revision.to_location(), "genericRevisionInfo": _info(application, record)}
            for revision, record in found
            if record is not None
        ],
    }


@operation("ListApplicationRevisions")
def list_application_revisions(service: CodeDeploy, parameters: Parameters) -> Answer:
    """API reference, ListApplicationRevisions: sorting and the S3 and "deployed" filters."""
    application = service.application(names.application_name(parameters))
    _check_filters(parameters)
    records = [record for record in application.revisions if _wanted(application, record, parameters)]
    sort_by = parameters.get("sortBy")
    if sort_by:
        attribute = SORT_KEYS[sort_by]
        records.sort(
            key=lambda record: (getattr(record, attribute) is not None, getattr(record, attribute) or service.now),
            reverse=parameters.get("sortOrder") == "descending",
        )
    return page("revisions", [record.revision.to_location() for record in records], parameters)


def read_revision(parameters: Parameters) -> DeployableRevision:
    """The call's ``revision``. Raises RevisionRequired, InvalidRevision."""
    location = parameters.get("revision")
    if not location:
        refuse("RevisionRequired")
    try:
        return from_location(location)
    except ValueError as error:
        refuse("InvalidRevision", str(error))


def remember(
    service: CodeDeploy, application: Application, revision: RegisteredRevision, description: str | None = None
) -> RevisionRecord:
    """The application's record of ``revision``, made if it is new."""
    record = _find(application, revision)
    if record is None:
        record = RevisionRecord(revision, description, service.now)
        application.revisions.append(record)
    record.description = description or record.description
    return record


def _registrable(application: Application, location: Mapping[str, Any] | None) -> RegisteredRevision:
    """A revision of the application's platform. Raises RevisionRequired, InvalidRevision."""
    if application.compute_platform == "Server":
        return read_revision({"revision": location})
    if not location:
        refuse("RevisionRequired")
    kind = location.get("revisionType") or ""
    content = location.get(APPSPEC_TYPES.get(kind, "")) or {}
    if not content:
        sentence = f"{application.compute_platform} expects revisionType {', '.join(APPSPEC_TYPES)} and its member."
        refuse("InvalidRevision", because=sentence)
    if kind == "S3" and content.get("bundleType") not in APPSPEC_BUNDLE_TYPES:
        refuse("InvalidRevision", because=f"Expected a bundleType of {' or '.join(APPSPEC_BUNDLE_TYPES)}.")
    return AppSpecRevision.from_location({"revisionType": kind, APPSPEC_TYPES[kind]: content})


def _find(application: Application, revision: RegisteredRevision) -> RevisionRecord | None:
    return next((record for record in application.revisions if record.revision == revision), None)


def _deployed_in(application: Application, record: RevisionRecord) -> list[str]:
    groups = (entry.group for entry in application.groups.values())
    return [group.name for group in groups if group.target_revision == record.revision]


def _info(application: Application, record: RevisionRecord) -> dict[str, Any]:
    info = {
        "description": record.description or "Application revision registered by Deployment",
        "deploymentGroups": _deployed_in(application, record),
        "registerTime": record.registered,
        "firstUsedTime": record.first_used,
        "lastUsedTime": record.last_used,
    }
    return {key: value for key, value in info.items() if value is not None}


def _check_filters(parameters: Parameters) -> None:
    if parameters.get("sortBy") not in (None, *SORT_KEYS):
        refuse("InvalidSortBy")
    if parameters.get("sortOrder") not in (None, "ascending", "descending"):
        refuse("InvalidSortOrder")
    if parameters.get("deployed") not in (None, "include", "exclude", "ignore"):
        refuse("InvalidDeployedStateFilter")
    bucket, prefix = parameters.get("s3Bucket"), parameters.get("s3KeyPrefix") or ""
    if prefix and not bucket:
        refuse("BucketNameFilterRequired")
    if bucket and not BUCKET_NAME.fullmatch(bucket):
        refuse("InvalidBucketNameFilter")
    if len(prefix) > MAX_KEY_PREFIX:
        refuse("InvalidKeyPrefixFilter")


def _wanted(application: Application, record: RevisionRecord, parameters: Parameters) -> bool:
    deployed = bool(_deployed_in(application, record))
    wish = parameters.get("deployed", "ignore")
    if (wish == "include" and not deployed) or (wish == "exclude" and deployed):
        return False
    bucket = parameters.get("s3Bucket")
    if not bucket:
        return True
    revision = record.revision
    prefix = parameters.get("s3KeyPrefix") or ""
    return isinstance(revision, S3Revision) and revision.bucket == bucket and revision.key.startswith(prefix)
