"""One drill as a student holds it: the report, ``check()``, ``hint()`` and, in the end, ``debriefing()``."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from labkit.lessons.drills.breaking import Facts
from labkit.lessons.drills.judging import Case, judge
from labkit.lessons.drills.texts import DrillText, DrillTexts
from labkit.lessons.lesson_text import fill
from labkit.lessons.progress import Progress
from labkit.lessons.shown import GOOD, OPEN, CheckResult, Part, Shown
from labkit.lessons.verdicts import NotYet, Verdict

KEPT_UNDER = "drills"
"""Where progress keeps which drills were passed."""


@dataclass(frozen=True, slots=True, repr=False)
class Surroundings:
    """What a drill speaks with: its words, their language, and where it keeps that it was passed."""

    texts: DrillTexts
    language: str
    progress: Progress


class Drill:
    """An incident that goes on. What it is stands nowhere in it that a notebook shows."""

    def __init__(self, case: Case, facts: Facts, said: Surroundings, seed: int, explained: str) -> None:
        self._case = case
        self._facts = facts
        self._said = said
        self._explained = explained
        self._hints_given = 0
        self._over = False
        self.level = case.incident.level
        self.seed = seed

    def check(self) -> CheckResult:
        """Whether the incident is over, judged by how things stand; if not, what was found."""
        try:
            verdict: Verdict = judge(self._case)
        except ClientError as error:
            return self._not_yet(self._word("aws_answered", words=error))
        if isinstance(verdict, NotYet):
            return self._not_yet(fill(self._said.texts.not_yet[verdict.found], verdict.gaps))
        self._over = True
        self._said.progress.keep(KEPT_UNDER, "exercises", self._case.incident.id, "passed")
        passed = Part(self._word("passed_text", **verdict.gaps), self._word("passed"))
        return CheckResult([passed, Part(self._word("now_debriefing"))], self._said.language, passed=True)

    def hint(self) -> Shown:
        """The next hint, from a nudge to the answer."""
        hints = self._text.hints
        given = min(self._hints_given, len(hints) - 1)
        self._hints_given += 1
        parts = [Part(fill(hints[given], self._facts), self._word("hint", number=given + 1, count=len(hints)))]
        if given == len(hints) - 1:
            parts.append(Part(self._word("no_more_hints")))
        return Shown(parts, self._said.language)

    def debriefing(self) -> Shown:
        """What was broken, how it could have been found, what prevents it; once it is over or the hints are."""
        if not self._over and self._hints_given < len(self._text.hints):
            return Shown([Part(self._word("debriefing_later"), self._word("not_yet"))], self._said.language, OPEN)
        text = self._text
        said = {"was_broken": text.broken, "could_be_found": text.found, "prevented": text.prevented}
        parts = [Part(fill(words, self._facts), self._word(label)) for label, words in said.items()]
        if self._explained:
            parts.append(Part(f"```\n{self._explained}\n```", self._word("explained"), folded=True))
        return Shown(parts, self._said.language, GOOD if self._over else "")

    @property
    def _text(self) -> DrillText:
        return self._said.texts.drills[self._case.incident.id]

    def _word(self, key: str, **gaps: object) -> str:
        return fill(self._said.texts.words[key], gaps)

    def _not_yet(self, found: str) -> CheckResult:
        parts = [Part(found, self._word("not_yet")), Part(self._word("more_hints"))]
        return CheckResult(parts, self._said.language, passed=False)

    def _report(self) -> Shown:
        title = self._word("title", level=self.level, seed=self.seed)
        parts = [Part(fill(self._text.report, self._facts), title)]
        if "deployment" in self._facts:
            parts.append(Part(fill(self._said.texts.words["deployment_said"], self._facts)))
        goal = "goal_release" if self._case.wanted else "goal_service"
        parts.append(Part(self._word(goal, page=self._case.wanted), self._word("goal")))
        parts.append(Part(self._word("rules")))
        return Shown(parts, self._said.language, OPEN)

    def __repr__(self) -> str:
        return repr(self._report())

    def _repr_html_(self) -> str:
        return self._report()._repr_html_()
