from labkit.view.tables import LifecycleTableRow, lifecycle_table
from labkit.view.trace import trace
from tests.view.synthetic import NEW, fails_at_start, one_at_a_time, stuck_at_allow_traffic


def test_there_is_a_row_for_each_lifecycle_event_of_each_instance():
    table = lifecycle_table(trace(one_at_a_time(), NEW))
    assert len(table) == 4 * 13
    assert table[1] == LifecycleTableRow("web-1", "BlockTraffic", "Succeeded", "09:01:44", 60.0)


def test_its_text_is_aligned_and_the_same_each_time():
    lines = repr(lifecycle_table(trace(one_at_a_time(), NEW))).splitlines()
    assert lines[:3] == [
        "instance  lifecycle event     status     started   seconds",
        "web-1     BeforeBlockTraffic  Succeeded  09:01:44      0.0",
        "web-1     BlockTraffic        Succeeded  09:01:44     60.0",
    ]
    assert len({len(line) for line in lines}) == 1


def test_what_was_skipped_has_neither_start_nor_length():
    table = lifecycle_table(trace(fails_at_start(), NEW))
    assert table[-1].cells() == ("web-4", "AfterAllowTraffic", "Skipped", "-", "-")


def test_what_still_runs_has_a_start_and_no_length():
    table = lifecycle_table(trace(stuck_at_allow_traffic(), NEW))
    assert table[-1].cells() == ("web-1", "AllowTraffic", "InProgress", "09:02:52", "-")


def test_in_a_notebook_its_headings_belong_to_their_columns_and_rows():
    found = lifecycle_table(trace(fails_at_start(), NEW))._repr_html_()
    assert found.count('<th scope="col"') == 5
    assert found.count('<th scope="row"') == 13 * 3 + 13
    assert "<caption" in found


def test_a_wide_table_can_be_scrolled_with_the_keyboard_and_has_a_name():
    found = lifecycle_table(trace(fails_at_start(), NEW))._repr_html_()
    assert f'tabindex="0" role="region" aria-label="Lifecycle events of deployment {NEW}"' in found
