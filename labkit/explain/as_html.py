"""An explanation as HTML for a notebook: headings and nested lists that a screen reader can walk through.

Headings are marked by ``role`` and level, not by ``<h3>``: JupyterLab would list those as headings of the notebook.
Colours come from JupyterLab's theme, light or dark; elsewhere the page's own text colour is used. No script.
"""

from collections.abc import Sequence
from html import escape

from labkit.explain import headings
from labkit.explain.as_text import prompt
from labkit.explain.chain import Evidence, Explanation, Link
from labkit.explain.sentence import Sentence, Translate, in_words
from labkit.explain.translated import translated

TOP_LEVEL = 3
LINE = "1px solid var(--jp-border-color2, currentColor)"
SOFT = "color:var(--jp-content-font-color2, inherit)"
CODE = (
    f"margin:2px 0 6px;padding:4px 8px;white-space:pre-wrap;overflow-wrap:anywhere;border:{LINE};border-radius:3px;"
    "background:var(--jp-layout-color2, transparent);color:var(--jp-content-font-color1, inherit);"
    "font-family:var(--jp-code-font-family, monospace);font-size:var(--jp-code-font-size, 90%)"
)

PLAIN = "background:none;color:inherit;padding:0"
"""JupyterLab gives ``code`` a background of its own, which inside of a box looks like stripes."""


def html(explanation: Explanation, translate: Translate) -> str:
    """All of ``explanation`` in one element, in the language of ``translate``; what else is wrong follows, nested."""
    return _section(translated(explanation, translate), translate, TOP_LEVEL)


def _section(explanation: Explanation, translate: Translate, level: int) -> str:
    def part(heading: Sentence, body: str) -> str:
        return _heading(in_words(heading, translate), level + 1) + body if body else ""

    links = _links(explanation.links)
    others = "".join(_section(other, translate, level + 2) for other in explanation.others)
    parts = [
        _heading(explanation.title, level),
        part(headings.AWS_SAYS, _aws_says(explanation.aws_says)),
        part(headings.CHAIN, f'<ol style="margin:0;padding-left:2em">{links}</ol>'),
        part(headings.FIX, _paragraph(explanation.fix)),
        _code(explanation.fix_command) if explanation.fix_command is not None else "",
        part(headings.QUESTION, "" if explanation.question is None else _paragraph(explanation.question)),
        part(headings.ALSO_WRONG, others),
    ]
    style = f"max-width:60em;padding-left:1em;border-left:{LINE};color:var(--jp-content-font-color1, inherit)"
    label, language = escape(explanation.title, quote=True), in_words(headings.LANGUAGE, translate)
    # An English page's own lang holds for English.
    lang = "" if language == headings.LANGUAGE else f' lang="{escape(language, quote=True)}"'
    return f'<section class="labkit-why"{lang} aria-label="{label}" style="{style}">{"".join(parts)}</section>'


def _heading(words: str, level: int) -> str:
    size = "1.15em" if level == TOP_LEVEL else "1em"
    style = f"font-weight:600;font-size:{size};margin:8px 0 4px"
    return f'<div role="heading" aria-level="{min(level, 6)}" style="{style}">{escape(words)}</div>'


def _aws_says(words: str) -> str:
    if not words:
        return ""
    style = f"margin:0 0 6px;padding-left:1em;border-left:3px solid var(--jp-border-color1, currentColor);{SOFT}"
    quoted = escape(words).replace("\n", "<br>")
    return f'<blockquote style="{style}">{quoted}</blockquote>'


def _links(links: Sequence[Link]) -> str:
    """The chain; only the root cause shows its commands at once, the others unfold."""
    *before, root = links
    return "".join(_link(link, escape(link.says), "") for link in before) + _link(
        root, f"<strong>{escape(root.says)}</strong>", " open"
    )


def _link(link: Link, says: str, unfolded: str) -> str:
    evidence = "".join(_evidence(one, unfolded) for one in link.evidence)
    below = f'<ul style="margin:0;padding-left:0;list-style:none">{evidence}</ul>' if evidence else ""
    return f'<li data-link="{escape(link.id, quote=True)}" style="margin:0 0 6px">{says}{below}</li>'


def _evidence(evidence: Evidence, unfolded: str) -> str:
    long = "\n" in evidence.shows
    shown = f": <q>{escape(evidence.shows)}</q>" if evidence.shows and not long else ""
    summary = f'<summary style="{SOFT};cursor:pointer">{escape(evidence.where)}{shown}</summary>'
    block = _code(evidence.shows) if long else ""
    note = _paragraph(evidence.note) if evidence.note else ""
    inside = f"{block}{note}{_code(evidence.command, prompt(evidence))}"
    return f"<li><details{unfolded}>{summary}{inside}</details></li>"


def _paragraph(words: str) -> str:
    return f'<p style="margin:0 0 6px">{escape(words)}</p>'


def _code(command: str, before: str = "") -> str:
    """A command; its prompt is neither selected nor copied with it, nor parted from it at the end of a line."""
    unbroken = escape(before).replace(" ", "&nbsp;")
    mark = f'<span style="user-select:none;-webkit-user-select:none;{SOFT}">{unbroken}</span>' if before else ""
    return f'<pre style="{CODE}">{mark}<code style="{PLAIN}">{escape(command)}</code></pre>'
