"""One lesson at work: it asks, answers from the run, helps and reckons, and never stops a notebook."""

import re

import boto3
import pytest

import labkit
from labkit.lessons.outcomes import Outcomes
from labkit.lessons.progress import Progress
from labkit.simulation.misuse import MisuseError

OWN_WORDS = ("all-at-once-visitors", "mix", "long")


@pytest.fixture(scope="module")
def lab():
    with labkit.start(stage="v1-deployed", seed=7, fleet_size=2) as lab:
        yield lab


@pytest.fixture
def lesson(lab, monkeypatch, tmp_path):
    """A lesson of the open lab, with a progress file of its own."""
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "progress.json"))
    return labkit.lesson("06")


@pytest.fixture(scope="module")
def deployed(lab):
    """Version 2, one at a time, to its end."""
    page = lab.github.repository("student/hello-web").files()["index.html"].decode()
    commit_id = lab.github.repository("student/hello-web").commit(
        {"index.html": page.replace("version 1", "version 2")}, message="v2"
    )
    codedeploy = boto3.client("codedeploy")
    deployment_id = codedeploy.create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        revision={
            "revisionType": "GitHub",
            "gitHubLocation": {"repository": "student/hello-web", "commitId": commit_id},
        },
    )["deploymentId"]
    codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment_id)
    return deployment_id


def test_a_prediction_is_kept_and_answered_by_the_run(lesson, deployed, tmp_path):
    lesson.predict("mix", "c")
    assert Progress(tmp_path / "progress.json").answer("06-in-place-one-at-a-time", "predictions", "mix") == "errors"
    assert repr(lesson.reveal("mix")).splitlines()[:3] == [
        "You said (c): an error now and then",
        "It was (b): version 1 and version 2 in turn",
        "Not as you said, which is when one learns most.",
    ]


def test_a_prediction_that_came_true_is_told_so(lesson, deployed):
    lesson.predict("mix", "b")
    assert "As you said." in repr(lesson.reveal("mix"))


def test_a_choice_made_with_the_buttons_is_kept_like_one_that_was_typed(lesson, deployed):
    lesson.predict("mix").chosen = {"mix": "switch"}
    assert "You said (a)" in repr(lesson.reveal("mix"))


def test_without_a_prediction_the_run_answers_all_the_same(lesson, deployed):
    assert repr(lesson.reveal("mix")).startswith("You made no prediction this time.\nIt was (b)")


def test_a_kept_prediction_is_shown_again_after_the_kernel_was_restarted(lesson):
    lesson.predict("long", "d")
    assert labkit.lesson("06").predict("long").chosen == {"long": "fifteen"}


def test_an_experiment_that_was_not_run_yet_is_not_revealed(lesson):
    assert "has not been run yet" in repr(lesson.reveal("all-at-once-visitors"))


def test_a_check_that_is_not_passed_says_what_was_found_and_where_hints_are(lesson, deployed):
    result = lesson.check("all-at-once")
    assert not result.passed
    assert repr(result).splitlines() == [
        "Not yet: No machine shows version 3. The machines show: 2 × “Hello, version 2”.",
        'Need a hint? lesson.hint("all-at-once") gives one more each time.',
    ]
    assert re.findall(r"<summary>(.*?)</summary>", result._repr_html_()) == [f"Hint {n} of 3" for n in (1, 2, 3)]


def test_hints_come_one_at_a_time_and_the_last_stays(lesson):
    shown = [repr(lesson.hint("back-to-version-1")) for _ in range(4)]
    assert [text.split(":")[0] for text in shown] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"]
    assert "create_deployment(" in shown[2]


def test_asking_the_check_changes_nothing_but_the_record_of_calls(lesson, lab, deployed):
    before = lab.now
    lesson.check("all-at-once")
    lesson.reveal("mix")
    assert lab.now == before


def test_aws_own_words_are_not_yet_instead_of_a_traceback(lesson, monkeypatch):
    def ask(outcomes: Outcomes):
        return outcomes.client("iam").get_role(RoleName="nobody")

    monkeypatch.setitem(lesson._checks.exercises, "all-at-once", ask)
    assert "Not yet: AWS answered: An error occurred (NoSuchEntity)" in repr(lesson.check("all-at-once"))


def test_an_address_where_nobody_answers_is_not_yet_too(lesson, monkeypatch):
    monkeypatch.setitem(lesson._checks.exercises, "all-at-once", lambda outcomes: outcomes.get("http://10.0.0.99/"))
    assert repr(lesson.check("all-at-once")).startswith("Not yet: Nothing answered at the address asked:")


def test_a_quiz_gives_the_reason_of_the_option_chosen(lesson):
    assert "(b) Not quite. nginx starts in about a second." in repr(lesson.quiz("longest-event", "b"))
    assert "(c) Right. It waits" in repr(lesson.quiz("longest-event", "c"))


def test_a_quiz_without_a_script_holds_all_reasons(lesson):
    html = lesson.quiz().html()
    assert html.count("<details>") == 3
    assert html.count("<strong>Right.</strong>") == 3


def test_a_prediction_tells_nobody_which_option_is_right(lesson):
    sent = lesson.predict("mix").cards[0]["options"]
    assert {(option["right"], option["reason_html"]) for option in sent} == {(False, "")}


@pytest.mark.parametrize(
    ("misuse", "sentence"),
    [
        pytest.param(lambda lesson: lesson.check("x"), "exercise of this lesson", id="exercise"),
        pytest.param(lambda lesson: lesson.predict("x"), "prediction of this lesson", id="prediction"),
        pytest.param(lambda lesson: lesson.quiz("x"), "quiz question of this lesson", id="quiz"),
        pytest.param(lambda lesson: lesson.predict("mix", "z"), "letters a, b, c", id="letter"),
        pytest.param(lambda lesson: lesson.quiz(answer="a"), "name of the question that 'a' answers", id="no name"),
    ],
)
def test_misuse_is_one_sentence(lesson, misuse, sentence):
    with pytest.raises(MisuseError, match=sentence):
        misuse(lesson)


def test_the_same_questions_have_other_widget_ids_each_time_and_the_same_in_each_run(lesson):
    one, other = lesson.quiz("longest-event"), lesson.quiz("longest-event")
    assert one.model_id != other.model_id
    assert re.fullmatch("[0-9a-f]{32}", one.model_id)


def test_what_is_shown_says_in_which_language(lab, deployed):
    korean = labkit.lesson("06", language="ko")
    assert 'lang="ko"' in korean.check("all-at-once")._repr_html_()
    assert korean.predict("mix").words["language"] == "ko"
    assert repr(korean.check("all-at-once")).startswith("아직: ")


def test_the_theater_speaks_the_language_of_the_lesson(lab, deployed):
    labkit.lesson("06", language="ko")
    korean = lab.theater(deployed).words
    labkit.lesson("06")
    assert (korean["language"], korean["deployment_Succeeded"]) == ("ko", "배포가 성공했습니다.")
    assert lab.theater(deployed).words["language"] == "en"
