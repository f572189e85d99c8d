"""A cell of a lesson that runs before the lab is open."""

import labkit


def test_a_check_without_an_open_lab_is_not_yet():
    assert repr(labkit.lesson("06").check("all-at-once")).startswith("Not yet: No lab is open")


def test_a_prediction_without_an_open_lab_is_asked_all_the_same():
    assert "(a) version 1 until the end" in repr(labkit.lesson("06").predict("mix"))


def test_the_start_page_s_table_needs_no_lab():
    assert "06 In place, one at a time" in repr(labkit.progress())
