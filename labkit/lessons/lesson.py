"""One lesson as a notebook types it: ``lesson = labkit.lesson("06")``.

It asks (``predict``, ``quiz``), answers from the run (``reveal``, ``check``), helps (``hint``) and reckons
(``on_aws``). None of it stops a notebook: a prediction may stay open, a check says "Not yet".
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeVar

import requests
from botocore.exceptions import ClientError

from labkit.lessons import cost
from labkit.lessons.catalogue import translation
from labkit.lessons.checks import Checks, checks_of
from labkit.lessons.lesson_text import Exercise, LessonText, Option, Question, fill, read_lesson
from labkit.lessons.outcomes import OpenLab, Outcomes
from labkit.lessons.progress import Progress
from labkit.lessons.questions import Card, Keep, Questions
from labkit.lessons.shown import GOOD, CheckResult, Part, Shown
from labkit.lessons.verdicts import Answer, NotYet, Passed, Verdict
from labkit.lessons.words import WORDS
from labkit.simulation.misuse import MisuseError

T = TypeVar("T")


class Lesson:
    """The words and checks of one lesson, bound to whichever lab is open when it is asked."""

    def __init__(self, name: str, find_lab: Callable[[], OpenLab | None], progress: Progress, language: str) -> None:
        translate = translation(language)
        self._text: LessonText = read_lesson(name, translate)
        self._language = language
        self._words = {key: translate(sentence) for key, sentence in WORDS.items()}
        self._checks: Checks = checks_of(name)
        self._find_lab = find_lab
        self._progress = progress
        self._hints_given: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The name of its notebook."""
        return self._text.name

    def predict(self, name: str, answer: str | None = None) -> Questions:
        """Asks what will happen; the choice is kept. ``answer``: a letter, where there are no buttons to press.

        Raises ``MisuseError`` if the lesson has no prediction of this name, or the answer is no letter of it.
        """
        question = _find(self._text.predictions, name, "a prediction")
        if answer is not None:
            self._keep_prediction(name, question.option(answer).id)
        card = Card(question, self._prediction(name), self._words["prediction"])
        return self._asked([card], self._keep_prediction, "how_to_predict")

    def reveal(self, name: str) -> Shown:
        """What the run showed, beside what was predicted. Raises ``MisuseError`` on an unknown name."""
        question = _find(self._text.predictions, name, "a prediction")
        outcomes = self._outcomes()
        answer = self._checks.predictions[name](outcomes) if outcomes else None
        if answer is None:
            return Shown([Part(self._words["nothing_to_reveal"])], self._language)
        return self._revealed(question, answer)

    def check(self, name: str) -> CheckResult:
        """Whether the exercise is solved, judged by what happened; if not, what was found and three hints.

        Raises ``MisuseError`` on an unknown name, and nothing else because of what a student did.
        """
        exercise = _find(self._text.exercises, name, "an exercise")
        outcomes = self._outcomes()
        if outcomes is None:
            return self._not_yet(exercise, self._words["no_lab"])
        try:
            verdict: Verdict = self._checks.exercises[name](outcomes)
        except ClientError as error:
            return self._not_yet(exercise, fill(self._words["aws_answered"], {"words": error}))
        except requests.RequestException as error:
            return self._not_yet(exercise, fill(self._words["not_reached"], {"words": error}))
        if isinstance(verdict, NotYet):
            return self._not_yet(exercise, fill(exercise.not_yet[verdict.found], verdict.gaps))
        return self._passed(exercise, verdict)

    def hint(self, name: str) -> Shown:
        """The next hint, from a nudge to the answer. Raises ``MisuseError`` on an unknown name."""
        exercise = _find(self._text.exercises, name, "an exercise")
        given = min(self._hints_given[name], len(exercise.hints) - 1)
        self._hints_given[name] += 1
        parts = [Part(exercise.hints[given], self._hint_label(exercise, given))]
        if given == len(exercise.hints) - 1:
            parts.append(Part(self._words["no_more_hints"]))
        return Shown(parts, self._language)

    def quiz(self, name: str | None = None, answer: str | None = None) -> Questions:
        """The lesson's questions, or the one of this name; ``answer``: a letter, where there are no buttons.

        Raises ``MisuseError`` if there is no question of this name, or the answer is no letter of it.
        """
        names = [name] if name else list(self._text.quiz)
        questions = [_find(self._text.quiz, each, "a quiz question") for each in names]
        if answer is not None:
            if name is None:
                message = f"Expected the name of the question that {answer!r} answers ({', '.join(names)}), found none."
                raise MisuseError(message)
            self._keep_quiz(name, questions[0].option(answer).id)
        cards = [
            Card(question, self._progress.answer(self.name, "quiz", question.id), self._quiz_title(number, len(names)))
            for number, question in enumerate(questions, start=1)
        ]
        return self._asked(cards, self._keep_quiz, "how_to_answer")

    def on_aws(self) -> cost.Bill:
        """What the lab so far would have cost and taken on AWS. Raises ``MisuseError`` if no lab is open."""
        lab = self._find_lab()
        if lab is None:
            raise MisuseError(f"Expected an open lab to reckon with, found none; {self._words['no_lab']}")
        return cost.bill(Outcomes(lab), self._words)

    def _outcomes(self) -> Outcomes | None:
        lab = self._find_lab()
        return None if lab is None else Outcomes(lab)

    def _asked(self, cards: list[Card], keep: Keep, how: str) -> Questions:
        return Questions(cards, self._words | {"language": self._language}, keep, how=how)

    def _prediction(self, name: str) -> str | None:
        return self._progress.answer(self.name, "predictions", name)

    def _keep_prediction(self, name: str, option_id: str) -> None:
        self._progress.keep(self.name, "predictions", name, option_id)

    def _keep_quiz(self, name: str, option_id: str) -> None:
        self._progress.keep(self.name, "quiz", name, option_id)

    def _quiz_title(self, number: int, count: int) -> str:
        return fill(self._words["question"], {"number": number, "count": count}) if count > 1 else self._words["quiz"]

    def _revealed(self, question: Question, answer: Answer) -> Shown:
        said, was = self._prediction(question.id), question.option(answer.option)
        parts = [Part(self._words["said_nothing"])]
        if said is not None:
            option = question.option(said)
            right = "right_prediction" if option == was else "other_prediction"
            parts = [Part(_named(self._words["you_said"], option)), Part(self._words[right])]
        parts.insert(1, Part(_named(self._words["it_was"], was)))
        parts.append(Part(fill(question.because, answer.gaps)))
        return Shown(parts, self._language, GOOD if said == was.id else "")

    def _passed(self, exercise: Exercise, verdict: Passed) -> CheckResult:
        self._progress.keep(self.name, "exercises", exercise.id, "passed")
        said = Part(fill(exercise.passed, verdict.gaps), self._words["passed"])
        return CheckResult([said], self._language, passed=True)

    def _not_yet(self, exercise: Exercise, found: str) -> CheckResult:
        hints = [
            Part(text, self._hint_label(exercise, place), folded=True) for place, text in enumerate(exercise.hints)
        ]
        more = Part(fill(self._words["more_hints"], {"id": exercise.id}), plain_only=True)
        return CheckResult([Part(found, self._words["not_yet"]), *hints, more], self._language, passed=False)

    def _hint_label(self, exercise: Exercise, place: int) -> str:
        return fill(self._words["hint"], {"number": place + 1, "count": len(exercise.hints)})

    def __repr__(self) -> str:
        return f"<Lesson {self.name}: {self._text.title}, {self._text.minutes} minutes>"


def _named(sentence: str, option: Option) -> str:
    return fill(sentence, {"letter": option.letter, "text": option.text})


def _find(items: Mapping[str, T], name: str, kind: str) -> T:
    if name not in items:
        message = f"Expected the name of {kind} of this lesson ({', '.join(items) or 'none'}), found {name!r}."
        raise MisuseError(message)
    return items[name]
