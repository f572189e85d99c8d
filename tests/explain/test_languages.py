"""An explanation in another language: every sentence of it, and none of AWS's words."""

import ast
import copy
import json
import pickle
import re
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

import labkit
import labkit.explain.rules
from labkit.authoring.extraction import EXPLAIN, templates
from labkit.explain import headings
from labkit.explain.answer import Answer
from labkit.explain.chain import Evidence, Explanation, Link
from labkit.explain.sentence import in_turn, in_words, said, untranslated
from labkit.explain.translated import translated
from labkit.lessons.catalogue import speak, translation

KOREAN = translation("ko")
BUCKET = "hello-web-bundles"
OBJECT = f"arn:aws:s3:::{BUCKET}/v1.zip"
ENGLISH_WORDS = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")
HANGUL = re.compile(r"[가-힣]")
SYMPTOMS = {
    *("answered-by", "endless-replacement", "event-failed", "event-in-progress", "instance-dark", "instance-gone"),
    *("no-answer", "target-not-healthy", "visitor"),
}
"""Links that always lead on to another."""


@pytest.fixture
def in_korean():
    speak("ko")
    yield
    speak("en")


def sentences(explanation):
    """All that is not AWS's, a quotation or a command."""
    yield explanation.title
    for link in explanation.links:
        yield link.says
        yield from (evidence.note for evidence in link.evidence if evidence.note)
    yield explanation.fix
    if explanation.question:
        yield explanation.question
    for other in explanation.others:
        yield from sentences(other)


@pytest.fixture
def refusals():
    """The lab of lesson 01, and its answers: nothing allows, something else is allowed, something denies."""
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=2) as lab:
        iam, s3 = boto3.client("iam"), boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
        s3.put_object(Bucket=BUCKET, Key="v1.zip", Body=b"bundle")
        iam.create_user(UserName="ann")
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        hers = boto3.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
        yield lab, [_refused(lab, iam, hers, one) for one in (None, *POLICIES)]


POLICIES = (
    {"Effect": "Allow", "Action": ["s3:PutObject", "s3:ListBucket"], "Resource": "*"},
    {
        "Sid": "Other",
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/other/*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "web"}},
    },
    {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
)


def _refused(lab, iam, hers, statement):
    if statement is not None:
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="ann", PolicyName="hers", PolicyDocument=document)
    with pytest.raises(ClientError) as refusal:
        hers.get_object(Bucket=BUCKET, Key="v1.zip")
    return lab.why(refusal.value)


def test_a_refusal_is_explained_in_korean_without_an_english_sentence(refusals):
    _, answers = refusals
    for answer in answers:
        spoken = list(sentences(translated(answer.explanation, KOREAN)))
        assert [one for one in spoken if not HANGUL.search(one)] == []
        assert [one for one in spoken if ENGLISH_WORDS.search(one)] == []


def test_awss_words_quotations_and_commands_stay_as_they_are(refusals):
    for answer in refusals[1]:
        english, korean = answer.explanation, translated(answer.explanation, KOREAN)
        assert korean.aws_says == english.aws_says != ""
        assert korean.fix_command == english.fix_command
        for before, after in zip(english.links, korean.links, strict=True):
            kept = [(one.shows, one.command, one.on) for one in before.evidence]
            assert kept == [(one.shows, one.command, one.on) for one in after.evidence]
            assert before.id == after.id


def test_lab_why_speaks_what_the_lesson_speaks_at_that_moment(refusals, in_korean):
    answer = refusals[1][0]
    assert "AWS의 메시지:" in repr(answer)
    assert "사용자 ann의 자격 증명 기반 정책 가운데 허용하는 것이 없습니다." in repr(answer)
    assert '<section class="labkit-why" lang="ko" aria-label="사용자 ann' in answer._repr_html_()
    speak("en")
    assert "No identity-based policy of the user ann allows it." in repr(answer)
    assert "lang=" not in answer._repr_html_()


def test_a_sentence_that_nobody_has_translated_stays_english_among_korean_ones():
    english = "No listener forwards to the target group {groups}."
    lacking = {english: english}
    first, second = said("Instance {instance} is {state}.", instance="i-1", state="running"), said(english, groups="g")
    sentence = in_turn(first, second)
    shown = in_words(sentence, lambda template: lacking.get(template) or KOREAN(template))
    assert shown == "인스턴스 i-1의 상태는 running입니다. No listener forwards to the target group g."


def test_what_else_is_wrong_has_its_heading_and_its_sentences_translated():
    def explanation(title, *others):
        return Explanation(title, "", (Link("x", said("It runs again now.")),), said("Deploy again."), others=others)

    answer = Answer(explanation(headings.CAUSES["agent-stopped"], explanation(headings.CAUSES["no-targets"])), KOREAN)
    assert repr(answer).splitlines()[0] == "에이전트 중지됨"
    assert "그 밖에 잘못된 것:\n  대상 없음" in repr(answer)
    assert "해결 방법: 다시 배포하세요." in repr(answer.others[0])


def test_korean_lines_are_no_wider_than_english_ones():
    long = said("{words}", words="정책 " * 200)
    lines = repr(Answer(Explanation(long, "", (Link("x", long),), long), KOREAN)).splitlines()
    assert max(sum(2 if HANGUL.match(letter) else 1 for letter in line) for line in lines) <= 104


def test_every_sentence_of_an_explanation_is_translated_into_korean():
    assert [template for template in templates() if KOREAN(template) == template] == []


def test_a_template_is_a_literal_so_that_translators_find_it(tmp_path):
    (tmp_path / "one.py").write_text('said("One of {them}.", them=x)\nchained("{first} or {second}", y)\nsaid("{x}")\n')
    assert list(templates(tmp_path)) == ["One of {them}.", "{first} or {second}"]
    (tmp_path / "two.py").write_text("\nsaid(text)\n")
    with pytest.raises(TypeError, match=r"a literal as the template of said\(text\), in line 2 of two.py"):
        list(templates(tmp_path))


def test_every_root_cause_has_a_heading():
    """Of the rules and of what a load balancer answers; those that a function puts together are in the table too."""
    files = [*Path(labkit.explain.rules.__path__[0]).glob("*.py"), EXPLAIN / "http_errors.py"]
    ids = {
        call.args[0].value
        for path in files
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Link" and isinstance(call.args[0], ast.Constant)
    }
    assert ids - SYMPTOMS - {"healthy"} - set(headings.CAUSES) == set()
    assert [(id_, name) for id_, name in headings.CAUSES.items() if name.lower().replace(" ", "-") != id_] == []


def test_a_sentence_can_be_copied_and_kept():
    sentence = said("{who:capital} may {action}.", who=said("the user {name}", name="ann"), action="a:b")
    for other in (copy.deepcopy(sentence), pickle.loads(pickle.dumps(sentence))):  # noqa: S301 - our own
        assert other == sentence == "The user ann may a:b."
        assert in_words(other, lambda template: template.upper() if "{" not in template else template) == sentence
        assert (other.template, other.gaps) == (sentence.template, sentence.gaps)


def test_where_a_fact_was_read_is_translated_and_the_name_of_an_operation_is_not():
    evidence = (
        Evidence(said("listening sockets"), "", "ss -tln", on="i-1"),
        Evidence("DescribeInstances → State.Name", "running", "…"),
    )
    made = Explanation(said("Fix"), "", (Link("x", said("Deploy again."), evidence),), said("Deploy again."))
    assert [one.where for one in translated(made, KOREAN).links[0].evidence] == [
        "수신 대기 중인 소켓",
        "DescribeInstances → State.Name",
    ]
    assert translated(made, untranslated) == made
