"""How a script is read before it runs: what is changed, and what is left alone."""

import bashkit
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labkit.world.shell.programs import known
from labkit.world.shell.script import prepare

BEGIN = "__child begin {}; if ( "
END = " ); then __child end 0; else __child end $?; fi;"


def ready(text):
    return prepare(text, known()).text


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        pytest.param("sleep 1 &", f" {BEGIN.format(12)}sleep 1 {END}", id="a simple command"),
        pytest.param("true && echo a & echo b", f" {BEGIN.format(12)}true && echo a {END} echo b", id="a whole list"),
        pytest.param(
            "if true; then echo a & fi", f"if true; then {BEGIN.format(12)} echo a {END} fi", id="inside a compound"
        ),
        pytest.param(
            "(sleep 1; echo a) >/dev/null 2>&1 &",
            f" {BEGIN.format('-')}(sleep 1; echo a) >/dev/null 2>&1 {END}",
            id="redirected: it holds no stream",
        ),
        pytest.param("echo a >/x &", f" {BEGIN.format(2)}echo a >/x {END}", id="stdout redirected: it holds stderr"),
        pytest.param("echo a 2>&1 &", f" {BEGIN.format(1)}echo a 2>&1 {END}", id="stderr joined to stdout"),
        pytest.param("{ echo a; } &> /x &", f" {BEGIN.format('-')}{{ echo a; }} &> /x {END}", id="both redirected"),
    ],
)
def test_a_background_child_gets_a_timeline_of_its_own(text, changed):
    assert ready(text) == changed


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        pytest.param('echo "$$ $0 ${0##*/}"', 'echo "${__pid} ${__argv0} ${__argv0##*/}"', id="in double quotes"),
        pytest.param("echo '$$'", "echo '$$'", id="not in single quotes"),
        pytest.param("echo \\$$x", "echo \\$$x", id="not behind a backslash"),
        pytest.param("[ $EUID -ne 0 ]", "[ ${__uid} -ne 0 ]", id="the user's number"),
        pytest.param("(( EUID ))", "(( __uid ))", id="in arithmetic without a dollar sign"),
        pytest.param("[[ EUID -ne 0 ]]", "[[ ${__uid} -ne 0 ]]", id="in a test without a dollar sign"),
        pytest.param("echo $!", "echo $(__child last)", id="the last child"),
        pytest.param("echo ${x:-$$}", "echo ${x:-${__pid}}", id="in the default of another"),
        pytest.param("cat <<A\n$$\nA\n", "cat <<A\n${__pid}\nA\n", id="in a here-document"),
        pytest.param("cat <<'A'\n$$\nA\n", "cat <<'A'\n$$\nA\n", id="not in a quoted here-document"),
    ],
)
def test_parameters_that_the_lab_answers_become_variables(text, changed):
    assert ready(text) == changed


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        pytest.param("/opt/x.sh a", "__exec /opt/x.sh a", id="a path"),
        pytest.param('"$D/x.sh"', '__exec "$D/x.sh"', id="a path from a variable"),
        pytest.param("A=/b/c echo x", "A=/b/c echo x", id="an assignment is no command"),
        pytest.param("$CMD x", "__run $CMD x", id="a variable"),
        pytest.param("greet x", "__call greet x", id="a name bash does not know"),
        pytest.param("exec /x", "__replace /x", id="exec with a program"),
        pytest.param("exec > /log 2>&1", "exec > /log 2>&1", id="exec with redirections only"),
        pytest.param("f() { echo; }", "f() { echo; }", id="a function's name"),
        pytest.param("exec > >(tee -a /var/log/x|logger -t x) 2>&1", "exec >> /var/log/x 2>&1", id="a log through tee"),
    ],
)
def test_commands_are_sent_to_who_knows_what_they_are(text, changed):
    assert ready(text) == changed


@pytest.mark.parametrize(
    "text",
    [
        "echo 'a & b' \"c & d\" e\\&f # & g",
        "case $1 in start|stop) echo a;; *) echo b;; esac",
        "for ((i=0;i<3;i++)); do echo $i; done",
        "a=(1 2 $(echo 3)) b+=(4)",
        "x=\"$(cat <<'E'\n)\nE\n)\"",
        "echo $((1<<2)) `date`",
        "[[ a < b && ( c > d ) ]] || echo x",
        "while read -r x; do echo $x; done < <(echo a)",
    ],
)
def test_what_needs_no_change_is_left_as_it_is(text):
    assert ready(text) == text


@pytest.mark.parametrize("text", ["esac", "if true; then &", "echo 'open &", "x &\n;; y", "( a &"])
def test_a_text_that_is_no_script_is_left_to_bash(text):
    assert ready(text) == text


PARTS = """echo a|&|&&|;|(|)|{ | }|if true; then | fi|while false; do | done|case x in x) |;; esac|$(|`|'|"|$$|$!
>| 2>&1|/x/y |$f |[[ | ]]|((|))|x=|a b|${0}"""
PIECES = [*PARTS.replace("\n", "|").split("|"), "||", "\n", "# c\n", "<<E\nE\n"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("if true; then echo a & fi; { echo b & } ; (echo c &)")
def test_what_bash_understands_it_still_understands_when_made_ready(text):
    bash = bashkit.Bash()
    try:
        bash.analyze(text)
    except bashkit.BashError:
        return
    bash.analyze(ready(text))


@given(st.text(max_size=60))
def test_lines_stay_where_they_are_so_that_messages_name_the_right_one(text):
    assert ready(text).count("\n") == text.count("\n")
