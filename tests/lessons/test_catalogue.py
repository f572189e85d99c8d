"""Another language: sentence by sentence, English where there is none."""

import polib
import pytest

from labkit.authoring.extraction import merged
from labkit.lessons import catalogue
from labkit.lessons.lesson_text import read_lesson
from labkit.lessons.markdown_blocks import blocks, translated, words
from labkit.simulation.misuse import MisuseError

MARKDOWN = """\
# Title

A paragraph
of two lines.

- first item
  goes on
- second

> **Note.** quoted
> further

1. step

| a | b |
|---|---|
| c | d |

```python
code = 1
```
<img src="x" alt="y">
"""


def test_markdown_is_cut_into_headings_paragraphs_items_and_rows():
    assert list(words(MARKDOWN)) == [
        "Title",
        "A paragraph of two lines.",
        "first item goes on",
        "second",
        "**Note.** quoted further",
        "step",
        "| a | b |",
        "| c | d |",
    ]


def test_marks_code_and_html_stay_where_they_were():
    shown = translated(MARKDOWN, lambda _piece: "X")
    assert [line for line in shown.splitlines() if line] == [
        "# X",
        "X",
        "- X",
        "- X",
        "> X",
        "1. X",
        "X",
        "|---|---|",
        "X",
        "```python",
        "code = 1",
        "```",
        '<img src="x" alt="y">',
    ]


def test_translating_into_the_same_words_changes_line_breaks_only():
    assert "".join(translated(MARKDOWN, str).split()) == "".join(MARKDOWN.replace("\n> further", "\nfurther").split())
    assert [block.words for block in blocks("```\na\n```")] == [False, False, False]


def test_a_sentence_that_is_missing_empty_or_stale_stays_english(tmp_path):
    path = tmp_path / "xx.po"
    path.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "one"\nmsgstr "하나"\n\nmsgid "two"\nmsgstr ""\n\n#, fuzzy\nmsgid "three"\nmsgstr "셋"\n',
        encoding="utf-8",
    )
    assert catalogue.sentences(path) == {"one": "하나"}


def test_a_language_without_a_catalogue_is_told_those_there_are():
    with pytest.raises(MisuseError, match="one of the languages en, ko, found 'tlh'"):
        catalogue.chosen("tlh")


def test_a_lesson_speaks_korean_where_it_is_translated():
    text = read_lesson("06-in-place-one-at-a-time", catalogue.translation("ko"))
    assert text.title == "현재 위치 배포, 한 번에 하나씩"


def test_gaps_are_the_same_in_every_language():
    differing = [
        entry.msgid
        for entry in polib.pofile(str(catalogue.I18N / "ko.po"))
        if entry.translated() and _gaps(entry.msgid) != _gaps(entry.msgstr)
    ]
    assert differing == []


def test_a_translation_that_names_a_gap_that_is_not_there_is_caught():
    assert _gaps("{who:capital} may {action}.") == _gaps("{who}은(는) {action}을(를) 할 수 있습니다.")
    assert _gaps("{who} may {action}.") != _gaps("{who}은(는) {action}을(를) {resource}에")
    assert _gaps("{who} may {action}.") != _gaps("{who}")
    assert _gaps("about {share:.0%}") != _gaps("약 {share}")


def _gaps(sentence: str) -> list[str]:
    """The gaps with how they are written; that one begins a sentence with a capital is English alone."""
    return sorted(part.split("}")[0].removesuffix(":capital") for part in sentence.split("{")[1:])


def test_a_translation_stays_with_its_sentence_and_a_changed_sentence_gets_a_proposal():
    before = merged("", "ko", {"All four machines, one row each:": ["06"], "Gone for good": ["06"]})
    catalogue_before = polib.pofile(before)
    for entry in catalogue_before:
        entry.msgstr = "번역"
    after = polib.pofile(
        merged(str(catalogue_before), "ko", {"All five machines, one row each:": ["06"], "New": ["07"]})
    )
    assert [(entry.msgid, entry.msgstr, entry.fuzzy) for entry in after] == [
        ("All five machines, one row each:", "번역", True),
        ("New", "", False),
    ]
    assert after[0].previous_msgid == "All four machines, one row each:"
