"""A picture of a decision as HTML that needs no script, and as text."""

from html import escape

from labkit.view.explorer.picture import DocumentView, Picture, Row, StatementView, Step
from labkit.view.words import Words

MARKS = {"allows": "✓", "denies": "✕", "silent": "–", "none": "○"}
ANSWER_MARKS = {"allowed": "✓", "explicitDeny": "✕", "implicitDeny": "✕"}
LIT = "border-left:5px solid {color};padding-left:10px"
GOOD, BAD, CALM = (
    "var(--le-good, var(--jp-success-color1, #2e7d32))",
    "var(--le-bad, var(--jp-error-color1, #b3202c))",
    "var(--le-line, var(--jp-border-color1, #8a8f98))",
)
CELL = "text-align:left;vertical-align:top;padding:2px 14px 2px 0"
VALUE = f"{CELL};min-width:9em;overflow-wrap:anywhere"


def verdict(drawn: Picture) -> str:
    """The answer and its reason."""
    color = GOOD if drawn.answer == "allowed" else BAD
    mark = f'<span aria-hidden="true">{ANSWER_MARKS[drawn.answer]}</span> '
    return f'<strong style="color:{color}">{mark}{escape(drawn.said)}.</strong> {escape(drawn.because)}'


def path(drawn: Picture, words: Words) -> str:
    """The kinds of policy in their order, each with what it says."""
    steps = "".join(_step(step, words) for step in drawn.steps)
    style = "display:flex;flex-wrap:wrap;gap:6px;list-style:none;margin:6px 0;padding:0"
    return f'<ol class="le-path" aria-label="{escape(words["path"])}" style="{style}">{steps}</ol>'


def statements(view: DocumentView, words: Words) -> str:
    """The statements of one policy: part by part beside the request."""
    return "".join(_statement(statement, view.title, words) for statement in view.statements)


def still(drawn: Picture, sentence: str, words: Words) -> str:
    """The whole picture without a script. ``sentence``: what is asked."""
    documents = "".join(
        f'<p style="margin:10px 0 2px"><strong>{escape(_layer(drawn, view))}:</strong> {escape(view.title)}</p>'
        f"{statements(view, words)}"
        for view in drawn.documents
    )
    return (
        f'<div lang="{escape(words["language"])}" style="max-width:100ch"><p>{escape(sentence)}</p>'
        f"<p>{verdict(drawn)}</p>{path(drawn, words)}{documents}</div>"
    )


def text(drawn: Picture, sentence: str, words: Words) -> str:
    """The same for a terminal."""
    lines = [sentence, f"{drawn.said}. {drawn.because}", ""]
    width = max(len(step.title) for step in drawn.steps)
    for step in drawn.steps:
        decides = f"  ({words['decides']})" if step.decides else ""
        lines.append(f"{MARKS[step.state]} {step.title.ljust(width)}  {step.says}{decides}")
    for view in drawn.documents:
        lines += ["", f"{_layer(drawn, view)}: {view.title}"]
        lines += [line for statement in view.statements for line in _statement_lines(statement, words)]
    return "\n".join(lines)


def _layer(drawn: Picture, view: DocumentView) -> str:
    return next(step.title for step in drawn.steps if step.layer == view.document.layer)


def _step(step: Step, words: Words) -> str:
    color = {"allows": GOOD, "denies": BAD}.get(step.state, CALM)
    if step.decides and step.state != "allows":
        color = BAD
    width = 3 if step.decides else 1
    style = f"flex:1 1 11em;border:{width}px solid {color};border-radius:8px;padding:{7 - width}px 10px"
    decides = f" <em>{escape(words['decides'])}</em>" if step.decides else ""
    return (
        f'<li class="le-step" data-state="{step.state}" style="{style}"><strong>{escape(step.title)}</strong><br>'
        f'<span aria-hidden="true">{MARKS[step.state]}</span> {escape(step.says)}{decides}</li>'
    )


def _statement(statement: StatementView, policy: str, words: Words) -> str:
    color = CALM
    if statement.decides:
        color = GOOD if statement.effect == "Allow" else BAD
    rows = "".join(_row(row, words) for row in statement.rows)
    head = "".join(
        f'<th scope="col" style="{CELL}">{escape(words[key])}</th>'
        for key in ("part", "statement_says", "request_has", "fits")
    )
    caption = f'<caption style="text-align:left;padding:2px 0">{_caption(statement, words)}</caption>'
    lit = "le-statement le-lit" if statement.decides else "le-statement"
    name = escape(f"{policy}: {statement.title}")
    return (
        f'<div class="{lit}" role="region" tabindex="0" aria-label="{name}" style="{LIT.format(color=color)};'
        f'margin:4px 0 8px;max-width:100%;overflow-x:auto"><table style="border-collapse:collapse;margin:0">{caption}'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: Row, words: Words) -> str:
    values = "".join(f'<td style="{VALUE}"><code>{escape(value)}</code></td>' for value in (row.says, row.has))
    mark, word, look = ("✓", "yes", "") if row.fits else ("✕", "no", f"color:{BAD};font-weight:700")
    fits = f'<span aria-hidden="true">{mark}</span> {escape(words[word])}'
    return (
        f'<tr><th scope="row" style="{CELL};font-weight:400">{escape(row.part)}</th>{values}'
        f'<td style="{CELL};white-space:nowrap;{look}">{fits}</td></tr>'
    )


def _caption(statement: StatementView, words: Words) -> str:
    applies = words["applies" if statement.applies else "applies_not"]
    decides = f", <strong>{escape(words['decides'])}</strong>" if statement.decides else ""
    return f"{escape(statement.title)}: <strong>{statement.effect}</strong>, {escape(applies)}{decides}"


def _statement_lines(statement: StatementView, words: Words) -> list[str]:
    applies = words["applies" if statement.applies else "applies_not"]
    decides = f", {words['decides']}" if statement.decides else ""
    lines = [f"  {statement.title}: {statement.effect}, {applies}{decides}"]
    has = words["request_has"].lower()
    return lines + [f"    {row.part}: {row.says}; {has}: {row.has}" for row in statement.rows if not row.fits]
