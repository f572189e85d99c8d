"""Sentences in a second language: one gettext catalogue for each, ``i18n/LANGUAGE.po``, with English as the key.

A sentence that is missing, empty or marked fuzzy (its English has changed since) stays English.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polib

from labkit.simulation.misuse import MisuseError

I18N = Path(__file__).parent / "i18n"
ENGLISH = "en"
VARIABLE = "LABKIT_LANGUAGE"
"""The environment variable that says in which language lessons speak if the notebook does not say it."""


class _Spoken:
    """The language that this kernel's lesson speaks; pictures speak it too."""

    language = ENGLISH


def speak(language: str | None) -> str:
    """From now on this kernel speaks ``language``, or what ``chosen`` makes of None; returns it."""
    _Spoken.language = chosen(language)
    return _Spoken.language


def spoken() -> str:
    """What ``speak`` was told last; English before that."""
    return _Spoken.language


def languages() -> list[str]:
    """English first, then every language that has a catalogue."""
    return [ENGLISH, *sorted(path.stem for path in I18N.glob("*.po"))]


def chosen(language: str | None) -> str:
    """The language to speak: ``language``, else what the environment says, else English.

    Raises ``MisuseError`` if there is no catalogue of it.
    """
    wanted = language or os.environ.get(VARIABLE) or ENGLISH
    if wanted not in languages():
        message = f"Expected one of the languages {', '.join(languages())}, found {wanted!r}; use one of these."
        raise MisuseError(message)
    return wanted


def translation(language: str) -> Callable[[str], str]:
    """A function that gives a sentence in ``language``, or the sentence itself."""
    known = {} if language == ENGLISH else sentences(I18N / f"{language}.po")
    return lambda sentence: known.get(sentence, sentence)


def in_the_language_spoken(sentence: str) -> str:
    """The sentence in the language that is spoken at this moment, or the sentence itself."""
    return translation(spoken())(sentence)


@cache
def sentences(path: Path) -> dict[str, str]:
    """English to translated, of those that are up to date."""
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path)) if entry.translated()}
