"""What the agent makes of an AppSpec file, row by row."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.rules.appspec import AppSpecError, parse_appspec

OK = "version: 0.0\nos: linux\n"
NO_LOCATION = "specifies a script with no location value"


def refusal(text: str | bytes) -> AppSpecError:
    with pytest.raises(AppSpecError) as caught:
        parse_appspec(text)
    return caught.value


def hook(script: str) -> str:
    return f"{OK}hooks:\n  AfterInstall:\n    - {script}\n"


def permission(settings: str) -> str:
    return f"{OK}permissions:\n  - {{object: /srv, {settings}}}\n"


@pytest.mark.parametrize(
    "version",
    [
        pytest.param("0.0", id="the version is 0.0"),
        pytest.param("0", id="a whole zero is as good"),
        pytest.param("-0.0", id="so is a negative zero"),
        pytest.param("0x0", id="or a hexadecimal one"),
        pytest.param("!!float '0'", id="or one tagged as a number"),
        pytest.param("0.0e+0", id="or one with a signed exponent"),
    ],
)
def test_a_version_that_is_zero_is_accepted(version):
    assert parse_appspec(f"version: {version}\nos: linux\n").version == 0


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        pytest.param("'0.0'", "0.0", id="text is no number"),
        pytest.param("0e0", "0e0", id="an exponent needs a point and a sign"),
        pytest.param("[0.0]", "[0.0]", id="a list is shown as Ruby shows it"),
        pytest.param("{a: 0.0, b: ~}", '{"a"=>0.0, "b"=>nil}', id="a map is shown as Ruby shows it"),
        pytest.param("1e400", "1e400", id="no point, no float"),
        pytest.param("1.5e+300", "1.5e+300", id="large floats keep their exponent"),
        pytest.param("off", "false", id="off is false, and false is not zero"),
        pytest.param("[" * 400 + "]" * 400, "[" * 101 + "[...]" + "]" * 101, id="hostile lists are shown in part"),
    ],
)
def test_any_other_version_is_refused_with_its_value_in_the_words_of_the_agent(version, shown):
    message = refusal(f"version: {version}\nos: linux\n").message
    assert message.startswith(f"The deployment failed because an invalid version value ({shown}) was entered in")


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [
        pytest.param("5m", 5, id="text counts as far as it is a number"),
        pytest.param("' 12 '", 12, id="blanks before it do not matter"),
        pytest.param("1_000", 1000, id="underscores may part the digits"),
        pytest.param("3.7", 3, id="fractions are cut off"),
        pytest.param("1:30", 5400, id="base 60 is read from the left"),
        pytest.param("0b101", 5, id="base 2"),
        pytest.param("~", 3600, id="no timeout is an hour"),
        pytest.param("false", 3600, id="false is no timeout"),
    ],
)
def test_a_timeout_becomes_seconds_as_ruby_reads_it(timeout, seconds):
    (script,) = parse_appspec(hook(f"{{location: a.sh, timeout: {timeout}}}")).scripts("AfterInstall")
    assert script.timeout_s == seconds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(hook("{location: ' '}"), NO_LOCATION, id="a blank location is none"),
        pytest.param(hook("{timeout: 5}"), NO_LOCATION, id="a script needs a location"),
        pytest.param(hook("{location: a, timeout: soon}"), "invalid timeout value", id="a word is no time-out"),
        pytest.param(permission("mode: 0o644"), "length of a permissions mode (0o644)", id="modes have four digits"),
        pytest.param(permission("mode: -7"), "(0-7) in the application specification file contains", id="octal digits"),
        pytest.param(permission("type: [link]"), "filespecifies a permission for an object type", id="sic"),
        pytest.param(permission("acls: ['o:x:r']"), "Invalid acl entry (o:x:r).", id="other has no name"),
        pytest.param(permission("acls: ['u:a:rwz']"), "(ACL) named u:a:rwz", id="an ACL has r, w, x and -"),
        pytest.param(
            permission("context: {name: x}"), 'invalid context type ({"name"=>"x"})', id="a context has a type"
        ),
        pytest.param(permission("context: {type: t, range: s1-s0}"), "SELinux range specified (s1-s0)", id="low first"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_agent(text, words):
    error = refusal(text)
    assert error.category == "validation"
    assert words in error.message


def test_within_one_permission_a_bad_mode_is_found_before_a_blank_object():
    assert "permissions mode" in refusal(f"{OK}permissions:\n  - {{object: ' ', mode: 9}}\n").message


@pytest.mark.parametrize(
    ("text", "category"),
    [
        pytest.param("a: *x\n", "yaml_disallowed", id="aliases are refused"),
        pytest.param("a: 2024-02-03\n", "yaml_disallowed", id="dates are refused"),
        pytest.param("a: !ruby/object:Object {}\n", "yaml_disallowed", id="Ruby objects are refused"),
        pytest.param("a: *x\nb: [\n", "yaml_syntax", id="a syntax error further down comes first"),
        pytest.param(b"# caf\xe9\n", "yaml_syntax", id="Latin-1 is refused"),
        pytest.param("version: 0.0".encode("utf-16"), "yaml_syntax", id="UTF-16 is refused"),
        pytest.param("x: " + "[" * 100_000, "yaml_syntax", id="hostile nesting"),
        pytest.param("x: " + "y" * 300_000, "yaml_syntax", id="hostile length"),
        pytest.param("version: " + "9" * 5_000, "ruby", id="hostile digits"),
        pytest.param("hooks: 3\n" + OK, "ruby", id="hooks that are no map"),
        pytest.param("files: a.txt\n" + OK, "ruby", id="files that are no list"),
        pytest.param("42", "ruby", id="a document that is no map"),
    ],
)
def test_what_crashes_the_agent_is_refused_with_a_sentence_of_its_own(text, category):
    error = refusal(text)
    assert error.category == category
    assert error.message.endswith(".")


def test_a_byte_order_mark_hides_every_key_after_the_first():
    assert "unsupported operating system ()" in refusal("\ufeffversion: 0.0\nos: linux\n").message


def test_only_the_first_document_counts():
    assert parse_appspec(f"{OK}---\nversion: 9\n").os == "linux"


def test_of_a_duplicated_key_the_last_value_counts_and_a_merge_key_fills_in():
    assert parse_appspec("os: amiga\nversion: 3\n<<: {version: 0.0}\nos: linux\n").os == "linux"


SECTIONS = {
    "version": "version: 0.0",
    "os": "os: linux",
    "files": "files: [{source: a, destination: /srv}]",
    "hooks": "hooks: {AfterInstall: [{location: a.sh}]}",
    "permissions": "permissions: [{object: /srv, mode: 644}]",
    "file_exists_behavior": "file_exists_behavior: RETAIN",
}


@given(st.permutations(list(SECTIONS)))
def test_the_order_of_the_sections_does_not_matter(order):
    text = "\n".join(SECTIONS[name] for name in order)
    assert parse_appspec(text) == parse_appspec("\n".join(SECTIONS.values()))


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_whatever_the_file_holds_it_is_read_or_refused(text):
    with suppress(AppSpecError):
        assert parse_appspec(text).os == "linux"


yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text("ab:=/*-0. ", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["source", "destination", "object", "mode", "acls", "type"]), yaml_values))
def test_odd_values_in_an_entry_never_end_in_a_python_error(entry):
    for section in ("files", "permissions"):
        with suppress(AppSpecError):
            assert parse_appspec(f"{OK}{section}: [{json.dumps(entry)}]\n").os == "linux"
