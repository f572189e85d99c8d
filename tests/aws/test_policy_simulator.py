"""IAM's policy simulator and what is said about policy documents, in boto3."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit

ACCOUNT = "123456789012"
BUCKET = "arn:aws:s3:::bundles"
NO_SUCH_POLICY = "arn:aws:iam::aws:policy/NoSuchPolicy"
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
LONG = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
    {
      "Effect": "Deny",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::secret/*"
    }
  ]
}"""


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(action, effect="Allow", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def entry(key, *values):
    return {"ContextKeyName": key, "ContextKeyValues": list(values), "ContextKeyType": "string"}


@pytest.fixture(scope="module")
def iam():
    with labkit.start():
        yield boto3.client("iam")


def only(answer):
    (result,) = answer["EvaluationResults"]
    return result


def test_a_matched_statement_is_named_with_its_place_in_the_text(iam):
    asked = {"ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::secret/a"], "PolicyInputList": [LONG]}
    result = only(iam.simulate_custom_policy(**asked))
    assert (result["EvalDecision"], result["MatchedStatements"]) == (
        "explicitDeny",
        [
            {
                "SourcePolicyId": "PolicyInputList.1",
                "SourcePolicyType": "none",
                "StartPosition": {"Line": 5, "Column": 5},
                "EndPosition": {"Line": 9, "Column": 5},
            }
        ],
    )


def test_each_action_is_tried_on_each_resource_and_given_page_by_page(iam):
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[document(statement("s3:GetObject", resource=f"{BUCKET}/*"))],
        ActionNames=["s3:GetObject", "s3:PutObject"],
        ResourceArns=[f"{BUCKET}/a", "arn:aws:s3:::other/a"],
        PaginationConfig={"PageSize": 3},
    )
    sizes, results = [], []
    for page in pages:
        sizes.append(len(page["EvaluationResults"]))
        results += [(r["EvalActionName"], r["EvalResourceName"], r["EvalDecision"]) for r in page["EvaluationResults"]]
    assert sizes == [3, 1]
    assert results == [
        ("s3:GetObject", f"{BUCKET}/a", "allowed"),
        ("s3:GetObject", "arn:aws:s3:::other/a", "implicitDeny"),
        ("s3:PutObject", f"{BUCKET}/a", "implicitDeny"),
        ("s3:PutObject", "arn:aws:s3:::other/a", "implicitDeny"),
    ]


@pytest.mark.parametrize(
    ("entries", "decision", "missing"),
    [
        ([], "implicitDeny", ["aws:RequestedRegion"]),
        ([entry("aws:requestedregion", "ap-northeast-2")], "allowed", []),
        ([entry("aws:RequestedRegion", "us-east-1")], "implicitDeny", []),
    ],
    ids=["missing", "as wanted, in any letter case", "another"],
)
def test_context_keys_come_from_the_input_and_those_missing_are_named(iam, entries, decision, missing):
    here = {"StringEquals": {"aws:RequestedRegion": "ap-northeast-2"}}
    policies = [document(statement("ec2:*", Condition=here), statement("s3:*", Condition={"Bool": {"a:b": "true"}}))]
    asked = {"PolicyInputList": policies, "ActionNames": ["ec2:RunInstances"], "ContextEntries": entries}
    result = only(iam.simulate_custom_policy(**asked))
    assert (result["EvalDecision"], result["MissingContextValues"]) == (decision, missing)


def test_a_boundary_is_told_apart(iam):
    boundary = [document(statement("s3:*"))]
    asked = {"PolicyInputList": [document(statement("*"))], "PermissionsBoundaryPolicyInputList": boundary}
    results = iam.simulate_custom_policy(ActionNames=["s3:GetObject", "ec2:StopInstances"], **asked)
    assert [
        (r["EvalDecision"], r["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"])
        for r in results["EvaluationResults"]
    ] == [("allowed", True), ("implicitDeny", False)]


def test_across_accounts_both_sides_are_told(iam):
    theirs = document(
        statement("s3:GetObject", resource=f"{BUCKET}/*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    )
    result = only(
        iam.simulate_custom_policy(
            PolicyInputList=[document(statement("ec2:*"))],
            ResourcePolicy=theirs,
            ResourceOwner="arn:aws:iam::999999999999:root",
            CallerArn=f"arn:aws:iam::{ACCOUNT}:user/ana",
            ActionNames=["s3:GetObject"],
            ResourceArns=[f"{BUCKET}/a"],
        )
    )
    assert (result["EvalDecision"], result["EvalDecisionDetails"]) == (
        "implicitDeny",
        {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"},
    )


def test_a_principals_own_policies_are_tried_with_its_groups_and_boundary(iam):
    iam.create_user(UserName="ana")
    iam.create_group(GroupName="web")
    iam.add_user_to_group(GroupName="web", UserName="ana")
    iam.put_group_policy(GroupName="web", PolicyName="look", PolicyDocument=document(statement("s3:Get*")))
    iam.attach_user_policy(UserName="ana", PolicyArn="arn:aws:iam::aws:policy/AWSCodeDeployReadOnlyAccess")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(statement("s3:*")))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=limit)
    assert iam.get_user(UserName="ana")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == limit
    ana = f"arn:aws:iam::{ACCOUNT}:user/ana"
    asked = {"PolicySourceArn": ana, "ActionNames": ["s3:GetObject", "codedeploy:ListApplications"]}
    first, second = iam.simulate_principal_policy(**asked)["EvaluationResults"]
    assert (first["EvalDecision"], first["MatchedStatements"][0]["SourcePolicyType"]) == ("allowed", "group")
    assert (second["EvalDecision"], second["MatchedStatements"]) == ("implicitDeny", [])
    iam.delete_user_permissions_boundary(UserName="ana")
    second = iam.simulate_principal_policy(**asked)["EvaluationResults"][1]
    assert (second["EvalDecision"], second["MatchedStatements"][0]["SourcePolicyType"]) == ("allowed", "aws-managed")


def test_the_context_keys_that_policies_speak_of(iam):
    mine = statement(
        "s3:*", resource=f"{BUCKET}/${{aws:username}}/*", Condition={"Bool": {"aws:SecureTransport": "true"}}
    )
    again = statement("ec2:*", Condition={"StringEquals": {"AWS:SecureTransport": "true", "ec2:Region": "x"}})
    found = iam.get_context_keys_for_custom_policy(PolicyInputList=[document(mine), document(again)])
    assert found["ContextKeyNames"] == ["aws:SecureTransport", "aws:username", "ec2:Region"]
    iam.create_role(RoleName="keys", AssumeRolePolicyDocument=document(TRUST))
    iam.put_role_policy(RoleName="keys", PolicyName="mine", PolicyDocument=document(mine))
    found = iam.get_context_keys_for_principal_policy(PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/keys")
    assert found["ContextKeyNames"] == ["aws:SecureTransport", "aws:username"]


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("simulate_custom_policy", {"PolicyInputList": ["{}"], "ActionNames": ["s3:GetObject"]}, "InvalidInput"),
        ("simulate_custom_policy", {"PolicyInputList": [LONG], "ActionNames": ["GetObject"]}, "InvalidInput"),
        (
            "simulate_principal_policy",
            {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/nobody", "ActionNames": ["s3:GetObject"]},
            "NoSuchEntity",
        ),
        ("create_policy", {"PolicyName": "p", "PolicyDocument": "{}"}, "MalformedPolicyDocument"),
        ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": LONG}, "MalformedPolicyDocument"),
        ("put_user_permissions_boundary", {"UserName": "ana", "PermissionsBoundary": NO_SUCH_POLICY}, "NoSuchEntity"),
    ],
)  # fmt: skip
def test_what_is_no_policy_or_nobody_is_refused(iam, operation, parameters, code):
    with pytest.raises(ClientError) as caught:
        getattr(iam, operation)(**parameters)
    assert caught.value.response["Error"]["Code"] == code


def test_buckets_topics_and_queues_refuse_what_is_no_policy(iam):
    s3, sns, sqs = (boto3.client(service) for service in ("s3", "sns", "sqs"))
    s3.create_bucket(Bucket="bundles", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    topic = sns.create_topic(Name="t")["TopicArn"]
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    wrong = document({"Effect": "Allow", "Action": "s3:GetObject"})
    codes = []
    for call, parameters in (
        (s3.put_bucket_policy, {"Bucket": "bundles", "Policy": wrong}),
        (sns.set_topic_attributes, {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": wrong}),
        (sqs.set_queue_attributes, {"QueueUrl": queue, "Attributes": {"Policy": wrong}}),
    ):
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        codes.append(caught.value.response["Error"]["Code"])
    assert codes == ["MalformedPolicy", "InvalidParameter", "InvalidAttributeValue"]


def test_a_topics_and_a_queues_own_policy_count(iam):
    iam.create_user(UserName="bo")
    key = iam.create_access_key(UserName="bo")["AccessKey"]
    bo = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    topic = boto3.client("sns").create_topic(Name="news")["TopicArn"]
    queue = boto3.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    with pytest.raises(ClientError, match="not authorized to perform: sns:Publish"):
        bo.client("sns").publish(TopicArn=topic, Message="hello")
    with pytest.raises(ClientError, match="not authorized to perform: sqs:SendMessage"):
        bo.client("sqs").send_message(QueueUrl=queue, MessageBody="hello")
    to_bo = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bo"}}
    allowed = document(statement("sns:Publish", resource=topic, **to_bo))
    boto3.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=allowed)
    allowed = document(statement("sqs:SendMessage", **to_bo))
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": allowed})
    assert bo.client("sns").publish(TopicArn=topic, Message="hello")["MessageId"]
    assert bo.client("sqs").send_message(QueueUrl=queue, MessageBody="hello")["MessageId"]
