"""Puts findings together into one explanation: the first is explained, the others are named as also wrong."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from labkit.explain.chain import Explanation, Link
from labkit.explain.finding import Finding


def distinct(findings: Iterable[Finding]) -> list[Finding]:
    """The findings with a root cause of their own, in order: the same fault on ten instances is explained once."""
    seen: dict[str, Finding] = {}
    for finding in findings:
        seen.setdefault(finding.root_id, finding)
    return list(seen.values())


def compose(title: str, aws_says: str, symptom: Sequence[Link], findings: Sequence[Finding]) -> Explanation:
    """An explanation of ``findings`` (one at least), each of which follows from ``symptom``."""
    main, *others = findings
    return replace(
        _explained(title, main.after(*symptom), aws_says),
        others=tuple(_explained(_heading(other), other) for other in others),
    )


def well(title: str, link: Link) -> Explanation:
    """Nothing is wrong."""
    return Explanation(title, "", (link,), "Nothing to change.")


def _heading(finding: Finding) -> str:
    """Its root cause's name, in words."""
    return finding.root_id.replace("-", " ").capitalize()


def _explained(title: str, finding: Finding, aws_says: str = "") -> Explanation:
    return Explanation(title, aws_says, finding.links, finding.fix, finding.fix_command, finding.question)
