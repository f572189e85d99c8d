"""The catalogues of other languages, brought up to date with the English they translate.

A translation stays with its sentence. A new sentence that resembles one that has gone gets that one's translation as
a proposal, marked fuzzy: it is not used until somebody has looked at it. What nobody says any more is left out.
"""

import ast
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from string import Formatter
from typing import TypeGuard

import polib

import labkit.explain
from labkit.authoring.diagrams import strings as diagram_strings
from labkit.authoring.editions import messages
from labkit.authoring.lessons import NOTEBOOKS, find_lessons
from labkit.lessons import words as lesson_words
from labkit.lessons.catalogue import I18N, languages
from labkit.lessons.drills import texts as drill_texts
from labkit.view.charts import CAPTION
from labkit.view.compare_words import LABELS as COMPARISON_WORDS
from labkit.view.explorer import words as explorer_words
from labkit.view.permissions_used import LABELS as PERMISSION_WORDS
from labkit.view.words import ENGLISH as VIEW_WORDS

ALIKE = 0.7
"""From which likeness on (0 to 1) an old translation is worth proposing for a new sentence."""

HEADER = {
    "Project-Id-Version": "labkit",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}
FUZZY = "fuzzy"
EXPLAIN = Path(labkit.explain.__path__[0])
SAYING = ("said", "chained")
"""The functions of ``labkit.explain.sentence`` whose first argument is a template."""


def english(folder: Path = NOTEBOOKS) -> dict[str, list[str]]:
    """Every sentence that can be translated, in the order of the lessons, with where it is said."""
    found: dict[str, list[str]] = {}
    for place, message in _said(folder):
        places = found.setdefault(message, [])
        if place not in places:
            places.append(place)
    return found


def extract(folder: Path = NOTEBOOKS) -> Iterator[Path]:
    """Writes every catalogue anew, with the same bytes for the same sentences; yields the paths."""
    sentences = english(folder)
    for language in languages()[1:]:
        path = I18N / f"{language}.po"
        path.write_text(merged(path.read_text(encoding="utf-8"), language, sentences), encoding="utf-8", newline="\n")
        yield path


def out_of_date(folder: Path = NOTEBOOKS) -> list[str]:
    """One sentence for each catalogue that does not hold exactly what can be translated."""
    sentences = english(folder)
    return [
        f"Expected {language}.po to hold the sentences of the lessons as they are, found others; "
        "run python -m labkit.authoring extract."
        for language in languages()[1:]
        if [entry.msgid for entry in polib.pofile(str(I18N / f"{language}.po"))] != list(sentences)
    ]


def merged(catalogue: str, language: str, sentences: dict[str, list[str]]) -> str:
    """The text of a catalogue that holds exactly ``sentences``, with the translations that ``catalogue`` has."""
    known = {entry.msgid: entry for entry in polib.pofile(catalogue)} if catalogue.strip() else {}
    gone = {msgid: entry for msgid, entry in known.items() if msgid not in sentences and entry.msgstr}
    result = polib.POFile(wrapwidth=0)
    result.metadata = {**HEADER, "Language": language}
    for message, places in sentences.items():
        entry = known.get(message) or _proposal(message, gone) or polib.POEntry(msgid=message)
        entry.occurrences = [(place, "") for place in places]
        result.append(entry)
    return str(result) + "\n"


def templates(folder: Path = EXPLAIN) -> Iterator[str]:
    """What ``lab.why`` says, gaps and all, as it stands in the code; what has no letter of its own is left out.

    Raises ``TypeError`` if somebody says what is no literal.
    """
    for path in sorted(folder.rglob("*.py")):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if _says(node)]
        for template in (_literal(call, path) for call in sorted(calls, key=lambda call: call.lineno)):
            if any(any(map(str.isalpha, words)) for words, *_ in Formatter().parse(template)):
                yield template


def _says(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING


def _literal(call: ast.Call, path: Path) -> str:
    match call.args[0]:
        case ast.Constant(value=str(template)):
            return template
    message = f"Expected a literal as the template of {ast.unparse(call)}, in line {call.lineno} of {path.name}."
    raise TypeError(message)


def _proposal(message: str, gone: dict[str, polib.POEntry]) -> polib.POEntry | None:
    alike = get_close_matches(message, gone, n=1, cutoff=ALIKE)
    if not alike:
        return None
    old = gone[alike[0]]
    return polib.POEntry(msgid=message, msgstr=old.msgstr, flags=[FUZZY], previous_msgid=old.msgid)


def _said(folder: Path) -> Iterator[tuple[str, str]]:
    for lesson in find_lessons(folder):
        yield from ((lesson.name, message) for message in messages(lesson))
    yield from (("lessons", message) for message in lesson_words.strings())
    yield from (("drills", message) for message in drill_texts.strings())
    yield from (("pictures", message) for key, message in VIEW_WORDS.items() if key != "language")
    yield from (("explorer", message) for message in explorer_words.strings())
    yield from (("permissions", message) for message in PERMISSION_WORDS.values())
    yield from (("charts", message) for message in (CAPTION, COMPARISON_WORDS["healthy_hosts"]))
    yield from (("diagrams", message) for message in diagram_strings())
    yield from (("why", message) for message in templates())
