"""The catalogues hold what can be translated, no more and no less."""

from labkit.authoring.__main__ import main
from labkit.authoring.extraction import english, merged, out_of_date
from labkit.lessons.catalogue import I18N


def test_the_committed_catalogues_are_up_to_date():
    assert out_of_date() == [], "run python -m labkit.authoring extract"


def test_extracting_again_gives_the_same_bytes():
    for path in I18N.glob("*.po"):
        text = path.read_text(encoding="utf-8")
        assert merged(text, path.stem, english()) == text


def test_the_command_says_which_files_it_wrote(tmp_path, monkeypatch, capsys):
    (tmp_path / "ko.po").write_text("", encoding="utf-8")
    monkeypatch.setattr("labkit.authoring.extraction.I18N", tmp_path)
    assert main(["extract"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'ko.po'}\n"
    assert 'msgid "Not yet"\nmsgstr ""' in (tmp_path / "ko.po").read_text(encoding="utf-8")


def test_a_sentence_is_listed_once_with_every_place_that_says_it():
    sentences = english()
    assert "lessons" in sentences["Not yet"]
    assert "06-in-place-one-at-a-time" in sentences["In place, one at a time"]
    assert "pictures" in sentences["The deployment succeeded."]
