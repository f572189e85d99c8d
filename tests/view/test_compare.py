"""Deployments side by side."""

import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from labkit.view.charts import comparison
from labkit.view.compare import compared
from labkit.view.trace import trace
from tests.view.synthetic import NEW, fails_at_start, half_at_a_time, one_at_a_time

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def both():
    return compared([("one", trace(one_at_a_time(8), NEW)), ("half", trace(half_at_a_time(8), NEW))])


class Table(HTMLParser):
    """The texts of a table's cells by row, and the scopes of its headings."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.scopes, self.captions, self._inside = [], [], 0, False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
            self._inside = True
        if tag == "th":
            self.scopes.append(dict(attributes).get("scope"))
        self.captions += tag == "caption"

    def handle_endtag(self, tag):
        self._inside = self._inside and tag not in {"td", "th"}

    def handle_data(self, data):
        if self._inside:
            self.rows[-1][-1] += data


def test_its_text_is_a_table_with_a_line_for_each(both):
    assert repr(both).splitlines() == [
        "run   status     duration  lowest capacity  both versions live  failed requests  extra instance-minutes",
        "one   Succeeded     11:15           7 of 8                8:24        0 of 6752                     0.0",
        "half  Succeeded      2:58           4 of 8                0:08        0 of 1782                     0.0",
    ]


def test_in_a_notebook_the_table_says_the_same_with_headings_that_belong_to_rows_and_columns(both):
    table = Table(both._repr_html_().split("</svg>")[1])
    spoken = [[cell for cell in line.split("  ") if cell.strip()] for line in repr(both).splitlines()]
    assert table.rows == [[cell.strip() for cell in line] for line in spoken]
    assert table.scopes == ["col"] * 7 + ["row"] * 2
    assert table.captions == 1


def test_the_picture_has_a_name_and_one_time_axis_for_all(both):
    picture = ET.fromstring(  # noqa: S314 - our own picture
        both._repr_html_().split(">", 1)[1].split("</svg>")[0] + "</svg>"
    )
    assert (picture.get("role"), picture.get("aria-label")) == ("img", "one, half")
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert texts.count("lab time since CreateDeployment") == 1
    assert {"one", "half", both[0].cells()[1], both[1].cells()[1], "≥ 7", "≥ 4", "v1", "v2"} <= set(texts)


def test_a_failed_one_is_marked_by_more_than_color():
    failed = compared([("good", trace(one_at_a_time(), NEW)), ("bad", trace(fails_at_start(), NEW))])
    assert "✕" in failed._repr_html_()
    assert "Failed" in repr(failed)


def test_it_is_the_same_text_each_time():
    made = [("<one>", trace(one_at_a_time(), NEW)), ("two", trace(half_at_a_time(), NEW))]
    assert compared(made)._repr_html_() == compared(made)._repr_html_()
    assert "<one>" not in compared(made)._repr_html_()


def test_it_is_a_sequence_of_runs(both):
    assert [run.name for run in both] == ["one", "half"]
    assert both[1].measures.lowest_capacity == 4


def test_its_bars_are_the_numbers_of_the_table(both):
    figure = comparison(both)
    bars = {axes.get_title(loc="left"): [bar.get_width() for bar in axes.patches] for axes in figure.axes}
    assert bars["lowest capacity, instances"] == [7, 4]
    assert bars["duration, min"] == [run.measures.duration_s / 60 for run in both]
    assert repr(both) in repr(figure)
