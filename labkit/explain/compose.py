"""Puts findings together into one explanation: the first is explained, the others are named as also wrong."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from labkit.explain.chain import Explanation, Link
from labkit.explain.finding import Finding
from labkit.explain.headings import CAUSES
from labkit.explain.sentence import Sentence, said


def distinct(findings: Iterable[Finding]) -> list[Finding]:
    """The findings with a root cause of their own, in order: the same fault on ten instances is explained once."""
    seen: dict[str, Finding] = {}
    for finding in findings:
        seen.setdefault(finding.root_id, finding)
    return list(seen.values())


def compose(title: Sentence, aws_says: str, symptom: Sequence[Link], findings: Sequence[Finding]) -> Explanation:
    """An explanation of ``findings`` (one at least), each of which follows from ``symptom``."""
    main, *others = findings
    return replace(
        _explained(title, main.after(*symptom), aws_says),
        others=tuple(_explained(CAUSES[other.root_id], other) for other in others),
    )


def well(title: Sentence, link: Link) -> Explanation:
    """Nothing is wrong."""
    return Explanation(title, "", (link,), said("Nothing to change."))


def _explained(title: Sentence, finding: Finding, aws_says: str = "") -> Explanation:
    return Explanation(title, aws_says, finding.links, finding.fix, finding.fix_command, finding.question)
