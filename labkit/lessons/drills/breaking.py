"""Making an incident happen: a release is prepared, things break, somebody deploys it, and time passes.

The faults are those of ``world.faults``, but the record does not say that they were made: what shows of them is what
AWS would show.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from random import Random
from typing import Any

from labkit.aws.fault_records import AccountRecords
from labkit.lessons.drills.account_changes import CHANGES
from labkit.lessons.drills.place import APPLICATION, BUCKET, GROUP, Place
from labkit.lessons.drills.table import Broken, Incident, Value
from labkit.lessons.lesson_text import fill
from labkit.lessons.outcomes import ENDED
from labkit.lessons.stages import REPOSITORY
from labkit.rules.revision import GitHubRevision
from labkit.world.faults.catalogue import find
from labkit.world.faults.fault import Scene
from labkit.world.github import Repository

PAGE = "index.html"
VERSION = re.compile(r"version (\d+)")
SAMPLE_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
LOOK_EVERY_S = 15.0
REGION = "ap-northeast-2"

Facts = dict[str, Any]
"""What the texts' gaps and the table's braces are filled with."""


def happen(place: Place, incident: Incident, chance: Random) -> Facts:
    """Makes ``incident`` happen, as far as until somebody complains; gives what was chosen and made."""
    facts = _choose(place, chance)
    revision = _prepare(place, incident, facts)
    for one in incident.broken:
        parameters = _parameters(one, facts, chance)
        facts |= {name: value for name, value in _said_of(one, parameters).items() if name not in facts}
        with place.region.clock.turns:
            _break(place, one, parameters)
    if revision is None:
        place.region.clock.advance(incident.wait_s)
    else:
        _deploy(place, incident, facts, revision)
    return facts


def _choose(place: Place, chance: Random) -> Facts:
    machine, *others = chance.sample(place.instance_ids(), len(place.instance_ids()))
    elsewhere = others[0] if others else machine
    address = f"http://{place.balancer()['DNSName']}/"
    return {
        "machine": machine,
        "other": elsewhere,
        "zone": place.zone(machine),
        "address": address,
        "account": place.deployment_group()["serviceRoleArn"].split(":")[4],
        "good_commit": _installed_commit(place),
    }


def _parameters(one: Broken, facts: Mapping[str, Any], chance: Random) -> dict[str, Value]:
    chosen = {
        name: chance.choice(value) if isinstance(value, tuple) else value for name, value in one.parameters.items()
    }
    return {name: fill(value, facts) if isinstance(value, str) else value for name, value in chosen.items()}


def _said_of(one: Broken, parameters: Mapping[str, Value]) -> dict[str, Any]:
    """All parameters of a fault, those that were left to it too."""
    return dict(parameters if one.name in CHANGES else {**find(one.name).parameters, **parameters})


def _break(place: Place, one: Broken, parameters: Mapping[str, Value]) -> None:
    if one.name in CHANGES:
        CHANGES[one.name](place.client, **parameters)
    else:
        find(one.name).apply(Scene(place.region, AccountRecords()), **parameters)


# --- the release ------------------------------------------------------------------------------------


def _prepare(place: Place, incident: Incident, facts: Facts) -> dict[str, Any] | None:
    """Commits a new version, and uploads it if it goes by S3; None if nothing is released."""
    if incident.release == "none":
        return None
    repository = place.region.github.find(REPOSITORY)
    good, head = repository.files(facts["good_commit"]), repository.files()
    page = good[PAGE].decode()
    number = 1 + max((int(one) for one in VERSION.findall(page + head.get(PAGE, b"").decode())), default=0)
    facts |= {"version": number, "bucket": BUCKET, "key": f"hello-web-{number}.zip"}
    wanted: dict[str, bytes | str | None] = {**dict.fromkeys(head), **good, PAGE: _next_page(page, number)}
    repository.commit({path: text for path, text in wanted.items() if text != head.get(path)}, message=f"v{number}")
    if incident.release == "github":
        return {}
    etag = _upload(place, repository, facts)
    location = {"bucket": BUCKET, "key": facts["key"], "bundleType": "zip"}
    named = {"eTag": etag} if incident.release == "s3-etag" else {}
    return {"revisionType": "S3", "s3Location": {**location, **named}}


def _installed_commit(place: Place) -> str:
    """The commit that the machines run; the head if what they run came from elsewhere."""
    repository = place.region.github.find(REPOSITORY)
    installed = {page.revision for page in place.pages().values()}
    of = {GitHubRevision(REPOSITORY, commit.commit_id).label: commit.commit_id for commit in repository.log()}
    return next((of[label] for label in sorted(filter(None, installed)) if label in of), repository.head or "")


def _next_page(page: str, number: int) -> str:
    colors = "|".join(SAMPLE_COLORS)
    return re.sub(colors, SAMPLE_COLORS[(number - 1) % len(SAMPLE_COLORS)], VERSION.sub(f"version {number}", page))


def _upload(place: Place, repository: Repository, facts: Facts) -> str:
    s3 = place.client("s3")
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in repository.files().items():
            archive.writestr(zipfile.ZipInfo(path), content)
    answer = s3.put_object(Bucket=BUCKET, Key=facts["key"], Body=packed.getvalue())
    return str(answer["ETag"]).strip('"')


def _deploy(place: Place, incident: Incident, facts: Facts, revision: dict[str, Any]) -> None:
    """Deploys ``revision`` (empty: the head of the repository) and waits until it has ended or takes too long."""
    commit_id = place.region.github.find(REPOSITORY).head
    head = {"revisionType": "GitHub", "gitHubLocation": {"repository": REPOSITORY, "commitId": commit_id}}
    deployment_id = place.client("codedeploy").create_deployment(
        applicationName=APPLICATION, deploymentGroupName=GROUP, revision=revision or head
    )["deploymentId"]
    facts |= {"deployment": deployment_id, "commit": commit_id}
    clock = place.region.clock
    until_s = clock.now_s + incident.wait_s
    while clock.now_s < until_s and place.deployment(deployment_id)["status"] not in ENDED:
        clock.advance(LOOK_EVERY_S)
    facts["status"] = place.deployment(deployment_id)["status"]
