"""The policy explorer without a browser: what it asks, decides, tries and draws."""

import json
import re
from pathlib import Path

import pytest

from labkit.rules.iam.request import ControlLevel, Policies
from labkit.view.explorer import PolicyExplorer
from labkit.view.explorer.question import Question, UnreadableError, context_text, read_question
from labkit.view.explorer.words import LABELS
from tests.view.made_account import EC2, MINA, OBJECT, READ_BUNDLES, ROLE, SESSION, MadeAccount, policy, statement

ALL = statement("Allow", "*", "*")


def explorer(action="s3:GetObject", resource=OBJECT, who=MINA, account=None, **context):
    return PolicyExplorer(account or MadeAccount(), Question(who, action, resource, context))


def steps(made):
    return {step.layer: step.state for step in made._picture.steps}


def decides(made):
    return [step.layer for step in made._picture.steps if step.decides]


def document(made, title):
    return next(one for one in made.shown["documents"] if one["title"].startswith(title))


def test_the_deciding_statement_is_lit_and_said():
    made = explorer()
    assert made.shown["answer"] == "allowed"
    assert (
        "Statement 1 of read-bundles, of user mina allows s3:GetObject, and nothing denies it."
        in made.shown["verdict_html"]
    )
    assert document(made, "read-bundles")["html"].count("le-lit") == 1
    assert decides(made) == ["identity"]


def test_of_a_statement_that_does_not_apply_the_part_that_does_not_match_is_shown():
    made = explorer("s3:PutObject", "arn:aws:s3:::hello-web-home/juno/a.txt")
    [home] = [view for view in made._picture.documents if view.title.startswith("home")]
    rows = {row.part: (row.says, row.has, row.fits) for row in home.statements[0].rows}
    assert rows == {
        "Action": ("s3:PutObject", "s3:PutObject", True),
        "Resource": (
            "arn:aws:s3:::hello-web-home/${aws:username}/* → arn:aws:s3:::hello-web-home/mina/*",
            "arn:aws:s3:::hello-web-home/juno/a.txt",
            False,
        ),
        "IpAddress aws:SourceIp": ("10.0.0.0/8", "no such key", False),
    }


def limits(**layers):
    return MadeAccount(more=Policies(**layers))


DESCRIBE = policy("limit", statement("Allow", "ec2:Describe*", "*"))


@pytest.mark.parametrize(
    ("account", "layer", "sentence"),
    [
        pytest.param(
            limits(boundaries=(DESCRIBE,)), "boundary", "The permissions boundary limits what other", id="boundary"
        ),
        pytest.param(limits(sessions=(DESCRIBE,)), "session", "The session policy limits", id="session policy"),
        pytest.param(
            limits(service_control=(ControlLevel("r-root", (DESCRIBE,)),)),
            "scp",
            "A service control policy limits the whole account",
            id="service control policy",
        ),
        pytest.param(MadeAccount(identity=()), "identity", "No identity-based policy of user mina", id="nothing said"),
        pytest.param(
            MadeAccount(identity=(READ_BUNDLES, policy("no", statement("Deny", "s3:*", "*")))),
            "identity",
            "Statement 1 of no, of user mina denies s3:GetObject",
            id="explicit deny",
        ),
    ],
)
def test_the_kind_of_policy_that_stands_in_the_way_is_named(account, layer, sentence):
    made = explorer(account=account)
    assert decides(made) == [layer]
    assert sentence in made.shown["verdict_html"]


@pytest.mark.parametrize(
    ("who", "answer"), [pytest.param(EC2, "allowed", id="who is named"), pytest.param(MINA, "implicitDeny", id="other")]
)
def test_becoming_a_role_is_decided_by_its_trust_policy(who, answer):
    made = explorer("sts:AssumeRole", ROLE, who, MadeAccount(identity=(policy("all", ALL),)))
    assert (made.shown["answer"], decides(made)) == (answer, ["resource"])
    assert next(step.title for step in made._picture.steps if step.layer == "resource") == "Trust policy"


def test_an_edit_changes_the_decision_and_nothing_else():
    account = MadeAccount()
    made = explorer(account=account)
    before = document(made, "read-bundles")
    edited = json.loads(before["text"])
    edited["Statement"][0]["Action"] = "s3:ListBucket"
    made.edits = {before["id"]: json.dumps(edited)}
    assert made.shown["answer"] == "implicitDeny"
    assert document(made, "read-bundles")["edited"]
    assert account.identity[0] is READ_BUNDLES
    made.edits = {}
    assert made.shown["answer"] == "allowed"
    assert document(made, "read-bundles") == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('{"Version": "2012-10-17"', "Syntax errors in policy.", id="no JSON"),
        pytest.param(
            '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*"}}',
            "Policy statement must contain resources.",
            id="no resource",
        ),
        pytest.param(
            '{"Version": "2008-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}',
            "Policy document must be version 2012-10-17 or greater.",
            id="what IAM would not keep",
        ),
    ],
)
def test_a_malformed_policy_shows_what_aws_says_and_loses_nothing(text, message):
    made = explorer()
    place = document(made, "read-bundles")["id"]
    valid = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}'
    made.edits = {place: valid}
    made.edits = {place: text}
    now = document(made, "read-bundles")
    assert message in now["error"]
    assert (now["text"], made.shown["answer"]) == (text, "explicitDeny")


def test_a_policy_can_be_tried_and_taken_away():
    made = explorer()
    assert [layer for _, layer in made.shown["may_try"]] == ["scp", "resource", "identity", "boundary", "session"]
    made.trials = ["boundary"]
    assert steps(made)["boundary"] == "allows"
    assert "boundary" not in [layer for _, layer in made.shown["may_try"]]
    narrow = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}'
    made.edits = {document(made, "trial policy 1")["id"]: narrow}
    assert (made.shown["answer"], decides(made)) == ("implicitDeny", ["boundary"])
    made.trials, made.edits = [], {}
    assert made.shown["answer"] == "allowed"


@pytest.mark.parametrize("layer", ["scp", "resource", "identity", "boundary", "session"])
@pytest.mark.parametrize("action", ["s3:GetObject", "sts:AssumeRole"])
def test_every_kind_of_trial_is_a_policy_that_allows_what_is_asked(layer, action):
    made = explorer(action, ROLE, account=MadeAccount(identity=()))
    if layer in [value for _, value in made.shown["may_try"]]:
        made.trials = [layer]
        assert steps(made)[layer] == "allows"


def test_somebody_else_brings_another_context_unless_it_was_written_by_hand():
    made = explorer()
    assert made.asked["context"] == "aws:username = mina"
    made.asked = {**made.asked, "who": SESSION}
    assert made.asked["context"] == f"aws:PrincipalArn = {ROLE}"
    made.asked = {**made.asked, "context": "aws:SourceIp = 10.0.0.7"}
    made.asked = {**made.asked, "who": MINA}
    assert made.asked["context"] == "aws:SourceIp = 10.0.0.7"


def test_somebody_of_another_account_is_offered_too():
    outside = "arn:aws:iam::111122223333:user/auditor"
    assert ["user auditor", outside] not in explorer().offered["who"]
    made = explorer(who=outside, account=MadeAccount(more=Policies()))
    assert [outside, outside] in made.offered["who"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        pytest.param({"action": "GetObject"}, "GetObject", id="an action without its service"),
        pytest.param({"action": "s3:*"}, "s3:*", id="many actions"),
        pytest.param({"context": "aws:SourceIp 10.0.0.7"}, "aws:SourceIp 10.0.0.7", id="no equals sign"),
    ],
)
def test_what_cannot_be_read_is_said_and_the_last_answer_stays(typed, found):
    made = explorer()
    asked = {**made.asked, **typed}
    with pytest.raises(UnreadableError):
        read_question(asked, LABELS)
    made.asked = asked
    assert f"found “{found}”" in made.shown["problem"]
    assert made.shown["answer"] == "allowed"


def test_a_context_is_written_as_it_is_read():
    context = {"aws:SourceIp": ("10.0.0.7",), "aws:TagKeys": ("a", "b")}
    asked = {"who": MINA, "action": "s3:GetObject", "resource": "", "context": context_text(context)}
    assert read_question(asked, LABELS) == Question(MINA, "s3:GetObject", "*", context)


def test_where_no_widget_runs_there_are_a_text_and_a_page_that_say_the_same():
    made = explorer("s3:DeleteObject")
    data, _ = made._repr_mimebundle_()
    assert "Denied (explicit deny). Statement 2 of read-bundles, of user mina denies s3:DeleteObject" in repr(made)
    assert "    Resource: arn:aws:s3:::hello-web-home/${aws:username}/* → " in repr(made)
    assert data["text/plain"] == repr(made)
    assert "Statement 2 of read-bundles, of user mina denies" in data["text/html"]
    assert "<script" not in data["text/html"]


def test_the_same_question_makes_the_same_outputs():
    first, second = (re.sub("[0-9a-f]{32}", "", str(explorer()._repr_mimebundle_())) for _ in range(2))
    assert first == second


def test_what_a_policy_says_is_shown_and_never_run():
    nasty = policy("x", statement("Allow", "s3:GetObject", OBJECT, Sid="a"), attached_to="<script>alert(1)</script>")
    made = explorer(account=MadeAccount(identity=(nasty,)))
    assert "<script" not in made.still()
    assert "<script" not in made.shown["documents"][0]["html"] + made.shown["verdict_html"]


def test_every_word_is_used():
    folder = Path(__file__).parents[2] / "labkit" / "view" / "explorer"
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.*") if path.name != "words.py")
    made_up = re.compile(
        r"^(because_\w+|no|yes|scp|identity|boundary|session|allowed|explicitDeny|implicitDeny|kind_\w+)$"
    )
    assert [key for key in LABELS if not made_up.match(key) and key not in code] == []
