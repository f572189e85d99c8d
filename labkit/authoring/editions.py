"""The notebooks that come from one source: for the student, for the instructor, and in other languages."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from labkit.authoring.cells import Reader, cells_for, has_something_for_the_instructor
from labkit.authoring.lessons import Lesson
from labkit.lessons.catalogue import ENGLISH, I18N, languages, sentences
from labkit.lessons.lesson_text import TEXTS, strings
from labkit.lessons.markdown_blocks import translated, words

_CALL = re.compile(r"labkit\.(lesson|progress)\(([^()]*)\)")
_LINK = re.compile(r"(\]\(|src=\")(?!https?:|#|/|attachment:)([^)\"\s]+)")
_RESOURCES = re.compile(r"(?<![./\w])\.\./resources/")


@dataclass(frozen=True, slots=True)
class Edition:
    """One notebook of a lesson. ``language``: en, or one there is a catalogue of."""

    lesson: Lesson
    reader: Reader = Reader.STUDENT
    language: str = ENGLISH

    @property
    def folder(self) -> str:
        """The folder inside ``notebooks/`` that this notebook is in; empty for the student's in English."""
        if self.reader is Reader.INSTRUCTOR:
            return "instructor"
        return "" if self.language == ENGLISH else self.language

    @property
    def notebook(self) -> Path:
        """Where the notebook is."""
        return self.lesson.folder / self.folder / f"{self.lesson.name}.ipynb"

    @property
    def name(self) -> str:
        """The notebook's path inside ``notebooks/`` without its ending."""
        return f"{self.folder}/{self.lesson.name}".lstrip("/")

    def cells(self) -> list[NotebookNode]:
        """The notebook's cells, without outputs and without ids."""
        cells = cells_for(self.reader, self.lesson.cells())
        translate = self._translate()
        for cell in cells:
            if cell.cell_type == "markdown":
                cell.source = self._markdown(cell.source, translate)
            else:
                cell.source = self._code(cell.source)
        return cells

    def digest(self) -> str:
        """SHA-256 (hex) of what the notebook is made from: the source, the lesson's texts, the translations used."""
        texts = TEXTS / f"{self.lesson.name}.yaml"
        parts = [self.lesson.text(), texts.read_text(encoding="utf-8") if texts.exists() else ""]
        if self.language != ENGLISH:
            known = sentences(catalogue_path(self.language))
            parts.append(json.dumps([known.get(message) for message in messages(self.lesson)], ensure_ascii=False))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _translate(self) -> Callable[[str], str]:
        known = {} if self.language == ENGLISH else sentences(catalogue_path(self.language))
        return lambda sentence: known.get(sentence, sentence)

    def _markdown(self, source: str, translate: Callable[[str], str]) -> str:
        if self.language != ENGLISH:
            source = translated(source, translate)
        return _LINK.sub(self._link, source) if self.folder else source

    def _link(self, found: re.Match[str]) -> str:
        """A link as seen from the edition's own folder: to a lesson's notebook beside it, or one folder up."""
        begin, target = found.groups()
        beside = self.lesson.folder / self.folder / target.partition("#")[0]
        stays = beside.suffix == ".ipynb" and (self.reader is Reader.INSTRUCTOR or beside.exists())
        return f"{begin}{target}" if stays else f"{begin}../{target}"

    def _code(self, source: str) -> str:
        if self.folder:
            source = _RESOURCES.sub("../../resources/", source)
        return source if self.language == ENGLISH else _CALL.sub(self._call, source)

    def _call(self, found: re.Match[str]) -> str:
        """``labkit.lesson("06")`` in another language says so: the one code that differs."""
        name, arguments = found.groups()
        more = f'language="{self.language}"'
        return f"labkit.{name}({f'{arguments}, {more}' if arguments else more})"


def editions(lesson: Lesson) -> Iterator[Edition]:
    """All notebooks that a lesson has.

    The instructor has one where there is something to say to the instructor. Another language has one from the day on
    which every sentence of the lesson is translated; if sentences change later, they are English until they are too.
    """
    yield Edition(lesson)
    if has_something_for_the_instructor(lesson.cells()):
        yield Edition(lesson, Reader.INSTRUCTOR)
    for language in languages()[1:]:
        edition = Edition(lesson, language=language)
        if edition.notebook.exists() or (messages(lesson) and not missing(lesson, language)):
            yield edition


def messages(lesson: Lesson) -> list[str]:
    """Every piece of a lesson's language that its student meets, once, in the order of the lesson."""
    found: dict[str, None] = {}
    for cell in cells_for(Reader.STUDENT, lesson.cells()):
        if cell.cell_type == "markdown":
            found.update((message, None) for message in words(cell.source))
    if (TEXTS / f"{lesson.name}.yaml").exists():
        found.update((message, None) for message in strings(lesson.name))
    return list(found)


def missing(lesson: Lesson, language: str) -> list[str]:
    """The pieces of the lesson that are not translated."""
    known = sentences(catalogue_path(language))
    return [message for message in messages(lesson) if message not in known]


def catalogue_path(language: str) -> Path:
    """The catalogue of a language."""
    return I18N / f"{language}.po"
