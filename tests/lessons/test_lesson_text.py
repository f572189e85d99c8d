"""The texts of lessons: found by number, read whole, and told what is wrong with them."""

import pytest
import yaml

from labkit.lessons.lesson_text import fill, find_lesson, lesson_names, read_lesson, strings
from labkit.simulation.misuse import MisuseError

WHOLE = {
    "title": "A lesson",
    "chapter": "6.1",
    "minutes": 10,
    "predictions": {"mix": {"question": "What?", "options": {"one": "One", "two": "Two"}, "because": "For {s} s."}},
    "exercises": {"do": {"passed": "Done.", "not_yet": {"nothing": "Nothing yet."}, "hints": ["a", "b", "c"]}},
    "quiz": {
        "why": {
            "question": "Why?",
            "options": [
                {"text": "So", "reason": "Because.", "right": True},
                {"text": "Or so", "reason": "No."},
            ],
        }
    },
}


@pytest.fixture
def folder(tmp_path):
    def write(data) -> None:
        (tmp_path / "01-first.yaml").write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
        return tmp_path

    return write


def test_a_lesson_is_found_by_the_beginning_of_its_name():
    assert find_lesson("06") == "06-in-place-one-at-a-time"


@pytest.mark.parametrize("number", ["99", "", "in-place"])
def test_a_number_of_no_lesson_is_told_the_numbers_there_are(number):
    with pytest.raises(MisuseError, match=r"Expected the number of a lesson \(.*06.*\), found"):
        find_lesson(number)


def test_options_get_letters_in_their_order_and_are_found_by_letter_or_id(folder):
    question = read_lesson("01-first", folder=folder(WHOLE)).predictions["mix"]
    assert [(option.letter, option.id) for option in question.options] == [("a", "one"), ("b", "two")]
    assert question.option("(B)") is question.option("two") is question.options[1]


def test_an_answer_that_is_no_option_is_told_the_letters(folder):
    question = read_lesson("01-first", folder=folder(WHOLE)).quiz["why"]
    with pytest.raises(MisuseError, match="letters a, b as the answer to 'why', found 'z'"):
        question.option("z")


def test_every_piece_of_language_is_translated_and_nothing_else(folder):
    place = folder(WHOLE)
    pieces = list(strings("01-first", place))
    text = read_lesson("01-first", lambda sentence: f"<{sentence}>", place)
    assert (text.title, text.chapter, text.quiz["why"].options[0].reason) == ("<A lesson>", "6.1", "<Because.>")
    assert set(pieces) >= {"A lesson", "What?", "One", "For {s} s.", "Nothing yet.", "a", "Why?", "Or so", "No."}
    assert "6.1" not in pieces


@pytest.mark.parametrize(
    ("part", "value", "sentence"),
    [
        pytest.param(
            "minutes", "ten", "Expected minutes in 01-first.yaml to be of type int, found 'ten'", id="minutes"
        ),
        pytest.param("exercises", {"do": {**WHOLE["exercises"]["do"], "hints": ["a"]}}, "three hints", id="hints"),
        pytest.param(
            "quiz",
            {"why": {"question": "?", "options": [{"text": "So", "reason": "No."}]}},
            "Expected one option of quiz question 'why' of 01-first.yaml to be right, found 0",
            id="no right option",
        ),
        pytest.param("predictions", {"mix": {"options": {}}}, "question in prediction 'mix'", id="no question"),
    ],
)
def test_what_is_wrong_with_a_text_is_said(folder, part, value, sentence):
    with pytest.raises(MisuseError, match=sentence):
        read_lesson("01-first", folder=folder({**WHOLE, part: value}))


def test_gaps_are_filled_and_other_braces_left_alone():
    assert fill('{n} of {"a": 1} {m}', {"n": 3}) == '3 of {"a": 1} {m}'


def test_all_committed_texts_can_be_read():
    assert [read_lesson(name).name for name in lesson_names()] == lesson_names()
