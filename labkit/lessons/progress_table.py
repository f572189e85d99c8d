"""The start page's table: how much of each lesson is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from labkit.lessons.lesson_text import LessonText, Translate, fill, lesson_names, read_lesson
from labkit.lessons.progress import KINDS, Kind, Progress
from labkit.lessons.words import WORDS


@dataclass(frozen=True, slots=True)
class ProgressTable:
    """Rows of cells under their headings; ``note`` says where it is kept, or what is wrong with that."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str

    def __repr__(self) -> str:
        lines = [self.headings, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.headings))]
        padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
        table = ["  ".join(cells).rstrip() for cells in padded]
        return "\n".join([*table, "", self.note])

    def _repr_html_(self) -> str:
        place = "text-align:left;padding:3px 16px 3px 0"
        style, unbroken = f'style="{place}"', f'style="{place};white-space:nowrap"'
        head = "".join(f'<th scope="col" {style}>{escape(heading)}</th>' for heading in self.headings)
        body = "".join(
            f'<tr><th scope="row" {style}>{escape(first)}</th>'
            + "".join(f"<td {unbroken}>{escape(cell)}</td>" for cell in rest)
            + "</tr>"
            for first, *rest in self.rows
        )
        return (
            f'<table><caption style="text-align:left">{escape(self.caption)}</caption><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table><p>{escape(self.note)}</p>"
        )


def progress_table(progress: Progress, translate: Translate = str) -> ProgressTable:
    """How much is done of every lesson that has texts."""
    words = {key: translate(sentence) for key, sentence in WORDS.items()}
    lessons = [read_lesson(name, translate) for name in lesson_names()]
    return ProgressTable(
        caption=words["progress"],
        headings=tuple(words[key] for key in ("lesson", "minutes", *KINDS)),
        rows=tuple(_row(lesson, progress, words) for lesson in lessons),
        note=_note(progress, words),
    )


def _row(lesson: LessonText, progress: Progress, words: Mapping[str, str]) -> tuple[str, ...]:
    number = lesson.name.split("-")[0]
    cells = (_cell(progress.count(lesson.name, kind), _SIZES[kind](lesson), words) for kind in KINDS)
    return f"{number} {lesson.title}", str(lesson.minutes), *cells


def _cell(done: int, count: int, words: Mapping[str, str]) -> str:
    return fill(words["done_of"], {"done": min(done, count), "count": count}) if count else "-"


_SIZES: Mapping[Kind, Callable[[LessonText], int]] = {
    "predictions": lambda lesson: len(lesson.predictions),
    "exercises": lambda lesson: len(lesson.exercises),
    "quiz": lambda lesson: len(lesson.quiz),
}


def _note(progress: Progress, words: Mapping[str, str]) -> str:
    if progress.problem:
        return progress.problem
    return words["not_kept"] if progress.path is None else fill(words["kept_in"], {"path": progress.path})
