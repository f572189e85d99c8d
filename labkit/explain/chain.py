"""An explanation: a short chain from what one sees to what causes it, each link with its evidence."""

from dataclasses import dataclass

from labkit.explain.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact was read and how a student finds it on AWS.

    ``where``: the API call with its field, the log file, the file (``GetDeployment → errorInformation.code``).
    ``shows``: what stands there, quoted. ``command``: what shows it: a boto3 expression, or a shell command on the
    instance ``on``. ``note``: what that means, where it does not speak for itself.
    """

    where: str
    shows: str
    command: str
    on: str | None = None
    note: Sentence | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the chain: ``says`` is a sentence; ``id`` a stable name of the fact (``script-failed``) for tests."""

    id: str
    says: Sentence
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """From the symptom (first link) to the root cause (last).

    ``aws_says``: AWS's own words, verbatim, first of all. ``fix``: what to change, one sentence, with ``fix_command``
    that does it (or the text to add), if there is one. ``question``: if two causes remain, the question that separates
    them, else None. ``others``: what else is wrong, explained in the same way; each has a cause of its own.
    """

    title: Sentence
    aws_says: str
    links: tuple[Link, ...]
    fix: Sentence
    fix_command: str | None = None
    question: Sentence | None = None
    others: tuple["Explanation", ...] = ()

    @property
    def root_cause(self) -> Link:
        """The last link."""
        return self.links[-1]
