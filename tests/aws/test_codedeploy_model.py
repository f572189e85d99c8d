"""Whatever arrives over the wire, each of the 47 operations ends as AWS's service model says: an answer or an error."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

import labkit
from labkit.aws.codedeploy.model import service_model
from labkit.aws.codedeploy.service import OPERATIONS

MODEL = service_model()
ACCOUNT = "ap-northeast-2:123456789012"
ROLE = "arn:aws:iam::123456789012:role/hello-web-codedeploy"
APPLICATIONS = ("web", "shop", "gone")
REVISION = {
    "revisionType": "GitHub",
    "gitHubLocation": {"repository": "student/hello-web", "commitId": "0123456789abcdef0123456789abcdef01234567"},
}
READABLE_ONLY = {"MOST_CONCURRENCY"}
"""What GetDeploymentConfig answers beyond its own enumeration, as AWS's sample shows."""
KNOWN = {
    "ApplicationName": APPLICATIONS,
    "DeploymentGroupName": ("blue", "green", "one", "two", "three"),
    "Key": ("env", "team"),
    "Value": ("prod", "web"),
    "TargetGroupName": ("hello-web-tg",),
    "DeploymentConfigName": ("CodeDeployDefault.OneAtATime", "CodeDeployDefault.ECSAllAtOnce", "careful"),
    "Role": (ROLE,),
    "InstanceName": ("box", "shelf"),
    "IamUserArn": ("arn:aws:iam::123456789012:user/box",),
    "IamSessionArn": ("arn:aws:sts::123456789012:assumed-role/box/one",),
    "Arn": (
        f"arn:aws:codedeploy:{ACCOUNT}:application:web",
        f"arn:aws:codedeploy:{ACCOUNT}:deploymentgroup:web/blue",
        f"arn:aws:codedeploy:{ACCOUNT}:deploymentconfig:careful",
    ),
    "TriggerTargetArn": (f"arn:aws:sns:{ACCOUNT}:news",),
    "BundleType": ("zip", "tar", "YAML"),
    "Repository": ("student/hello-web",),
    "AlarmName": ("errors", "latency"),
    "AutoScalingGroupName": ("hello-web-asg",),
    "DeploymentId": ("d-000000000",),
    "TargetId": ("i-00000000",),
    "InstanceId": ("i-00000000",),
}
"""For some shapes, values that mean something here."""

texts = st.text(max_size=12) | st.sampled_from(["", "a", "x" * 300, "i-0123456789abcdef0", "naïve", "a b"])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))

SENSIBLE, ROUGH, ODD = "sensible", "rough", "odd"
"""Values that mean something; of the right type at least; and others here and there."""


def documents(shape: Any, way: str) -> st.SearchStrategy[Any]:
    """JSON for ``shape``, in one of the three ways."""
    strategy = fitting(shape, way)
    return st.integers(0, 9).flatmap(lambda dice: anything if dice == 0 else strategy) if way == ODD else strategy


def fitting(shape: Any, way: str) -> st.SearchStrategy[Any]:
    if shape.type_name == "structure":
        members = {name: documents(member, way) for name, member in shape.members.items() if name != "nextToken"}
        required = {name: members.pop(name) for name in shape.required_members if way != ODD}
        if way == SENSIBLE and members:  # few at a time: of many, one would be refused for another's sake
            some = st.lists(st.sampled_from(sorted(members)), unique=True, max_size=3)
            return some.flatmap(
                lambda names: st.fixed_dictionaries({**required, **{name: members[name] for name in names}})
            )
        return st.fixed_dictionaries(required, optional=members)
    if shape.type_name == "list":
        return st.lists(documents(shape.member, way), min_size=way == SENSIBLE, max_size=2)
    if shape.type_name == "map":
        return st.dictionaries(fitting(shape.key, way), documents(shape.value, way), max_size=2)
    if shape.type_name == "string":
        known = st.sampled_from([*(shape.enum or ()), *KNOWN.get(shape.name, ())] or ["a"])
        return known if way == SENSIBLE else known | texts
    return {
        "boolean": st.booleans(),
        "integer": st.integers(1, 90) if way == SENSIBLE else st.integers(-1, 3000),
        "long": st.integers(-1, 3000),
        "timestamp": st.integers(0, 4_000_000_000) | st.floats(0, 4e9, allow_nan=False),
    }[shape.type_name]


class Wire:
    """A client that sends any document as the body of any operation, and what the operation returned."""

    def __init__(self, lab: labkit.Lab) -> None:
        self.lab = lab
        self.answer: dict[str, Any] = {}
        self._body = b"{}"
        self._used = 0
        self._client = boto3.client("codedeploy", config=Config(parameter_validation=False))
        self._client.meta.events.register("before-call.codedeploy", self._replace_body)

    def call(self, operation: str, document: Any) -> dict[str, Any]:
        """Sends ``document``; gives the parsed answer. Raises ClientError."""
        self._body = document if isinstance(document, bytes) else json.dumps(document).encode()
        answer: dict[str, Any] = self._client._make_api_call(operation, {})
        return answer

    def furnish(self) -> None:
        """Lets the names in ``KNOWN`` exist, as far as they do not, and two applications that no example deletes."""
        for operation, document in (
            ("CreateApplication", {"applicationName": "web"}),
            ("CreateApplication", {"applicationName": "shop", "computePlatform": "Lambda"}),
            (
                "CreateDeploymentGroup",
                {"applicationName": "web", "deploymentGroupName": "blue", "serviceRoleArn": ROLE},
            ),
            (
                "CreateDeploymentGroup",
                {"applicationName": "shop", "deploymentGroupName": "green", "serviceRoleArn": ROLE},
            ),
            ("CreateApplication", {"applicationName": "machines"}),
            ("CreateApplication", {"applicationName": "functions", "computePlatform": "Lambda"}),
            (
                "CreateDeploymentGroup",
                {"applicationName": "machines", "deploymentGroupName": "all", "serviceRoleArn": ROLE},
            ),
            (
                "RegisterOnPremisesInstance",
                {"instanceName": "box", "iamUserArn": "arn:aws:iam::123456789012:user/box"},
            ),
            ("CreateDeployment", {"applicationName": "web", "deploymentGroupName": "blue", "revision": REVISION}),
        ):
            try:
                answer = self.call(operation, document)
            except ClientError:
                continue  # it is there already
            if "deploymentId" in answer:
                KNOWN["DeploymentId"] = (answer["deploymentId"], self._stages_deployment())

    def fresh(self, named: dict[str, Any]) -> dict[str, Any]:
        """``named`` with a name that was never used for each "fresh"."""
        self._used += 1
        return {member: f"fresh-{self._used}" if name == "fresh" else name for member, name in named.items()}

    def _stages_deployment(self) -> str:
        """The deployment with which the stage was made, as long as its group is there; its targets become known."""
        try:
            group = self.call(
                "GetDeploymentGroup",
                {"applicationName": "hello-web", "deploymentGroupName": "hello-web-group"},
            )["deploymentGroupInfo"]
        except ClientError:
            return "d-000000000"
        deployment_id: str = group["lastSuccessfulDeployment"]["deploymentId"]
        targets = self.call("ListDeploymentTargets", {"deploymentId": deployment_id})["targetIds"]
        KNOWN["TargetId"] = KNOWN["InstanceId"] = tuple(targets)
        return deployment_id

    def _replace_body(self, params: dict[str, Any], **_: Any) -> None:
        params["body"] = self._body


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """One open lab for all; what each operation returns is looked at before it is serialized."""
    with pytest.MonkeyPatch.context() as patch:
        for name, operation in OPERATIONS.items():
            patch.setitem(OPERATIONS, name, _kept(operation))
        with labkit.start(stage="v1-deployed") as lab:
            yield Wire(lab)


returned: list[dict[str, Any]] = []


def _kept(operation: Any) -> Any:
    def kept(service: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = operation(service, parameters)
        returned.append(answer)
        return answer

    return kept


def strangers(shape: Any, value: Any, place: str) -> Iterator[str]:
    """What in ``value`` the output ``shape`` does not know."""
    if shape is None:
        yield from (f"{place}{name}" for name in value)
        return
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name not in shape.members:
                yield f"{place}.{name}"
            elif inner is not None:
                yield from strangers(shape.members[name], inner, f"{place}.{name}")
    elif shape.type_name == "list":
        for number, inner in enumerate(value):
            yield from strangers(shape.member, inner, f"{place}[{number}]")
    elif not isinstance(value, PYTHON_TYPES[shape.type_name]):
        yield f"{place} of type {type(value).__name__}"
    elif shape.type_name == "string" and shape.enum and value not in {*shape.enum, *READABLE_ONLY}:
        yield f"{place}: {value}"


PYTHON_TYPES: dict[str, Any] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": float,
    "timestamp": datetime,
}


def outcome(wire: Wire, operation: str, document: Any) -> str | None:
    """The error code of a call, None for an answer; whatever the model does not describe fails the test."""
    model = MODEL.operation_model(operation)
    returned.clear()
    error = refusal(wire, operation, document)
    if error is None:
        assert [list(strangers(model.output_shape, answer, operation)) for answer in returned] == [[]]
        return None
    assert error["Error"]["Code"] in {"SerializationException", *(shape.name for shape in model.error_shapes)}
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["Error"]["Message"]
    return str(error["Error"]["Code"])


def refusal(wire: Wire, operation: str, document: Any) -> dict[str, Any] | None:
    """The error that a call is answered with, None for an answer."""
    try:
        wire.call(operation, document)
    except ClientError as error:
        return dict(error.response)
    return None


def test_all_47_operations_of_the_service_model_are_answered() -> None:
    assert sorted(OPERATIONS) == sorted(MODEL.operation_names)


@pytest.mark.parametrize("operation", sorted(MODEL.operation_names))
def test_valid_and_invalid_input_ends_in_a_modelled_answer(wire: Wire, operation: str) -> None:
    shape = MODEL.operation_model(operation).input_shape
    wire.furnish()

    @settings(max_examples=40)
    @given(documents(shape, SENSIBLE) | documents(shape, ROUGH) | documents(shape, ODD))
    def any_document(document: Any) -> None:
        outcome(wire, operation, document)

    any_document()
    wire.lab.advance(120)  # what the calls began comes to its end without a fault


@pytest.mark.parametrize(
    ("operation", "named"),
    [
        pytest.param(
            "CreateDeploymentGroup",
            {"applicationName": "machines", "deploymentGroupName": "fresh", "serviceRoleArn": ROLE},
            id="a group of machines",
        ),
        pytest.param(
            "CreateDeploymentGroup",
            {"applicationName": "functions", "deploymentGroupName": "fresh", "serviceRoleArn": ROLE},
            id="a group of functions",
        ),
        pytest.param(
            "UpdateDeploymentGroup",
            {"applicationName": "machines", "currentDeploymentGroupName": "all"},
            id="a change to a group",
        ),
        pytest.param(
            "CreateDeployment",
            {"applicationName": "machines", "deploymentGroupName": "all", "revision": REVISION},
            id="a deployment",
        ),
        pytest.param("CreateDeploymentConfig", {"deploymentConfigName": "fresh"}, id="a configuration"),
    ],
)
def test_whatever_is_said_beside_the_right_names_ends_in_a_modelled_answer(
    wire: Wire, operation: str, named: dict[str, Any]
) -> None:
    shape = MODEL.operation_model(operation).input_shape
    wire.furnish()

    @settings(max_examples=100)
    @given(documents(shape, SENSIBLE) | documents(shape, ROUGH))
    def any_members(document: dict[str, Any]) -> None:
        document.pop("newDeploymentGroupName", None)
        if outcome(wire, operation, {**document, **wire.fresh(named)}) is None:
            wire.lab.advance(60)  # a deployment fails soon: its group selects no machine

    any_members()


@pytest.mark.parametrize(
    ("operation", "document", "place"),
    [
        pytest.param("GetApplication", {"applicationName": 5}, "(applicationName)", id="a number for a name"),
        pytest.param("GetApplication", {"applicationName": ["web"]}, "(applicationName)", id="a list for a name"),
        pytest.param("GetApplication", {"applicationName": True}, "(applicationName)", id="true for a name"),
        pytest.param("GetApplication", ["web"], "(the request)", id="a list for the request"),
        pytest.param("BatchGetApplications", {"applicationNames": "web"}, "(applicationNames)", id="text for a list"),
        pytest.param(
            "BatchGetApplications", {"applicationNames": [None]}, "(applicationNames[0])", id="null in a list"
        ),
        pytest.param(
            "CreateDeploymentConfig",
            {"deploymentConfigName": "x", "minimumHealthyHosts": {"type": "HOST_COUNT", "value": "1"}},
            "(minimumHealthyHosts.value)",
            id="text for a number",
        ),
        pytest.param(
            "CreateDeploymentConfig",
            {"deploymentConfigName": "x", "minimumHealthyHosts": {"type": "HOST_COUNT", "value": 2**31}},
            "(minimumHealthyHosts.value)",
            id="more than 32 bits",
        ),
        pytest.param(
            "CreateDeployment",
            {"applicationName": "web", "ignoreApplicationStopFailures": "yes"},
            "(ignoreApplicationStopFailures)",
            id="text for yes or no",
        ),
        pytest.param(
            "ListDeployments", {"createTimeRange": {"start": "today"}}, "(createTimeRange.start)", id="text for a time"
        ),
        pytest.param(
            "ListDeployments",
            {"createTimeRange": {"end": 1e300}},
            "(createTimeRange.end)",
            id="a time beyond all times",
        ),
        pytest.param("ListDeploymentTargets", {"targetFilters": []}, "(targetFilters)", id="a list for a map"),
        pytest.param("GetApplication", b"{", "not a JSON document", id="half a document"),
        pytest.param("GetApplication", b'{"applicationName": NaN}', "not a JSON document", id="no number of JSON's"),
        pytest.param("GetApplication", b'{"applicationName": "\\ud800"}', "not a JSON document", id="half a character"),
        pytest.param("GetApplication", b"[" * 100_000, "not a JSON document", id="nested without end"),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_place(
    wire: Wire, operation: str, document: Any, place: str
) -> None:
    error = refusal(wire, operation, document)
    assert error is not None
    assert error["Error"]["Code"] == "SerializationException"
    assert place in error["Error"]["Message"]


def test_null_is_the_same_as_absent_and_unknown_members_are_ignored(wire: Wire) -> None:
    assert outcome(wire, "ListApplications", {"nextToken": None, "colour": "red"}) is None
