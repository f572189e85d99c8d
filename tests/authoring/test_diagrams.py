"""The diagrams in ``resources/``: current, described, readable on a light and on a dark page."""

import re
from unicodedata import east_asian_width
from xml.etree import ElementTree as ET

import pytest

from labkit.authoring.diagrams import DIAGRAMS, RESOURCES, TRANSLATED, in_other_languages, strings
from labkit.authoring.diagrams.role import TRUST, trusted_service
from labkit.lessons.catalogue import translation

SVG = "{http://www.w3.org/2000/svg}"
NAMES = sorted(DIAGRAMS)
IN_OTHER_LANGUAGES = sorted(in_other_languages())
WIDE_PX = 14.6


def picture(name):
    return ET.fromstring((RESOURCES / name).read_text(encoding="utf-8"))  # noqa: S314 -- our own file


@pytest.mark.parametrize("name", NAMES)
def test_a_diagram_is_what_the_code_draws(name):
    drawn, there = DIAGRAMS[name](), (RESOURCES / name).read_text(encoding="utf-8")
    assert there == drawn, "run python -m labkit.authoring diagrams"


@pytest.mark.parametrize("name", IN_OTHER_LANGUAGES)
def test_a_translated_diagram_is_what_the_code_draws_with_the_catalogue(name):
    there = (RESOURCES / name).read_text(encoding="utf-8")
    assert there == in_other_languages()[name], "run python -m labkit.authoring diagrams"


def test_every_text_of_a_translated_diagram_is_translated():
    korean = translation("ko")
    assert [f"ko/{name}" for name in TRANSLATED] == IN_OTHER_LANGUAGES
    assert [words for words in strings() if korean(words) == words] == ["s3:GetObject"]


@pytest.mark.parametrize("name", [*NAMES, *IN_OTHER_LANGUAGES])
def test_a_screen_reader_is_told_what_it_shows(name):
    root = picture(name)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title")
    assert len(root.findtext(f"{SVG}desc")) > 100


@pytest.mark.parametrize("name", [*NAMES, *IN_OTHER_LANGUAGES])
def test_every_word_stands_inside_the_picture(name):
    root = picture(name)
    width, height = (float(root.get(side)) for side in ("width", "height"))
    for text in root.iter(f"{SVG}text"):
        left = {"start": 0, "middle": 0.5, "end": 1}[text.get("text-anchor")]
        long = sum(WIDE_PX if east_asian_width(letter) == "W" else 7.4 for letter in text.text)
        x, y = float(text.get("x")), float(text.get("y"))
        assert x >= left * long
        assert x + (1 - left) * long <= width
        assert 0 <= y <= height


def luminance(color):
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("page", ["light", "dark"])
def test_words_are_legible_on_every_box(page):
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    style = picture("iam.svg").findtext(f"{SVG}style")
    light, dark = style.split("@media")
    rules = {"light": light, "dark": dark}[page]
    inks = re.findall(r"(?:text|\.soft) \{ fill: (#\w{6})", rules)
    boxes = re.findall(r"\.(?:page|box|policy|who|role|aws|bad|good) \{ fill: (#\w{6})", rules)
    assert (len(inks), len(boxes)) == (2, 8)
    assert [(ink, box) for ink in inks for box in boxes if contrast(ink, box) < 4.5] == []


def test_who_is_trusted_is_read_from_the_policy_that_students_use():
    assert trusted_service() == "ec2.amazonaws.com"
    assert f'"{trusted_service()}"' in TRUST.read_text(encoding="utf-8")
