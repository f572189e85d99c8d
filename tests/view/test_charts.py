import io

import pytest

from labkit.lessons.catalogue import translation
from labkit.view.charts import caption, healthy_hosts, lifecycle_gantt, version_share
from labkit.view.palette import ERROR, version_swatch
from labkit.view.trace import trace
from tests.view.synthetic import NEW, STORIES, first_deployment, one_at_a_time


def png(figure) -> bytes:
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=50)
    return target.getvalue()


@pytest.mark.parametrize("chart", [version_share, lifecycle_gantt, healthy_hosts])
@pytest.mark.parametrize("name", STORIES)
def test_a_chart_draws_the_same_picture_each_time(chart, name):
    made = trace(STORIES[name](), NEW)
    assert png(chart(made)) == png(chart(made))


def test_the_share_is_what_visitors_get_at_each_moment():
    [axes] = version_share(trace(one_at_a_time(), NEW)).axes
    old, new = axes.patches
    heights = dict(zip(old.get_data().edges, old.get_data().values, strict=False))
    assert [round(value) for value in heights.values()] == [100, 75, 67, 50, 33, 25, 0]
    assert {round(value) for value in new.get_data().values} == {100}


def test_versions_have_the_theaters_colors_and_marks():
    figure = version_share(trace(first_deployment(), NEW))
    legend = figure.axes[0].get_legend()
    found = [
        (text.get_text(), line.get_color(), line.get_marker())
        for text, line in zip(legend.texts, legend.get_lines(), strict=True)
    ]
    first = version_swatch(1)
    assert found == [("v1", first.light, first.marker), ("errors", ERROR.light, ERROR.marker)]


def test_a_caption_says_what_the_chart_shows():
    assert caption(version_share(trace(one_at_a_time(), NEW))) == (
        "Share of answers, 09:01:20 to 09:07:39: v2 goes to 4 instances of hello-web-group: Succeeded."
    )


def test_a_caption_speaks_another_language():
    assert caption(version_share(trace(one_at_a_time(), NEW), translation("ko"))).startswith("응답 비율, ")
    assert "v2 배포: Succeeded." in caption(lifecycle_gantt(trace(one_at_a_time(), NEW), translation("ko")))
    assert caption(healthy_hosts(trace(one_at_a_time(), NEW), translation("ko"))).startswith("정상 호스트, ")


def test_the_gantt_has_a_row_for_each_instance():
    [axes] = lifecycle_gantt(trace(one_at_a_time(), NEW)).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["web-1", "web-2", "web-3", "web-4"]


def test_healthy_hosts_are_drawn_against_the_promise():
    [axes] = healthy_hosts(trace(one_at_a_time(), NEW)).axes
    counts = axes.patches[0].get_data().values
    assert (min(counts), max(counts)) == (3, 4)
    [promise] = axes.get_lines()
    assert list(promise.get_ydata()) == [3, 3]
    assert [text.get_text() for text in axes.get_legend().texts] == ["healthy", "promised minimum"]


def test_a_broken_promise_is_hatched():
    made = trace(one_at_a_time(), NEW)
    made["deployment"]["minimum_healthy_hosts"] = 4
    [axes] = healthy_hosts(made).axes
    [missing] = [patch for patch in axes.patches if patch.get_hatch()]
    assert missing.get_label() == "fewer than promised"
    assert max(missing.get_data().values) == 4
