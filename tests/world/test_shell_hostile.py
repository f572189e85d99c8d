"""Scripts that mean harm end in bounded work with an ordinary failure, and reach nothing but their own machine."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labkit.world.shell.call import COMMANDS
from tests.world.machines import booted, run, script


@pytest.fixture
def made():
    return booted()


def healthy(made):
    return run(made, "echo fine > /root/fine && cat /root/fine").stdout == "fine\n"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("while true; do :; done", id="an endless loop"),
        pytest.param("until false; do echo x; done", id="endless output"),
        pytest.param("x=1; while true; do x=$((x+1)); (true); done", id="endless subshells"),
        pytest.param("while sleep 1; do :; done", id="endless waiting"),
    ],
)
def test_what_never_ends_ends_with_its_time(made, command):
    execution = run(made, command, timeout_s=100)
    assert (execution.timed_out, execution.duration_s, execution.signal) == (True, 100, 15)
    assert healthy(made)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("while true; do :; done", id="an endless loop without a time-out"),
        pytest.param("s=x; while true; do s=$s$s; done", id="all memory"),
    ],
)
def test_what_takes_everything_is_killed(made, command):
    execution = run(made, command)
    assert (execution.exit_code, execution.signal, execution.stderr) == (None, 9, "Killed\n")
    assert healthy(made)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(":(){ :|:& };:", id="a fork bomb"),
        pytest.param("f(){ f & f & }; f", id="a fork bomb of children"),
        pytest.param("f(){ f; }; f", id="endless recursion"),
        pytest.param("f(){ f | f; }; f", id="endless recursion in pipes"),
        pytest.param("echo {1..100000000}", id="a brace expansion that fills memory"),
        pytest.param("mkdir -p /tmp" + "/d" * 2000, id="a path deeper than any"),
        pytest.param("(" * 400 + "echo x" + ")" * 400, id="nested parentheses"),
        pytest.param("`" * 1001, id="nested backquotes"),
        pytest.param("$(" * 300 + ")" * 300, id="nested substitutions"),
        pytest.param("yes", id="yes"),
    ],
)
def test_what_asks_too_much_fails(made, command):
    execution = run(made, command)
    assert execution.exit_code != 0
    assert "sandbox" not in execution.stderr
    assert "resource limit" not in execution.stderr
    assert healthy(made)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("#!/bin/bash\n$0 & $0 &\n$0\n", id="starts itself twice in the background"),
        pytest.param("#!/bin/bash\nbash /opt/hook.sh\n", id="starts itself"),
        pytest.param("#!/bin/bash\nS=/opt/hook.sh; $S | $S | $S\n", id="starts itself through a variable"),
        pytest.param("#!/bin/bash\n. /opt/hook.sh\n", id="sources itself"),
        pytest.param('#!/bin/bash\neval "$0; $0; $0"\n', id="starts itself through eval"),
        pytest.param(
            "#!/bin/bash\nsudo -u ec2-user env /opt/hook.sh; su -c /opt/hook.sh\n", id="starts itself as another"
        ),
        pytest.param(
            "#!/bin/bash\nfind /opt -name hook.sh -exec {} \\; -exec {} \\;\n", id="starts itself through find"
        ),
    ],
)
def test_a_script_that_starts_itself_runs_out_of_processes(made, text):
    execution = script(made, text)
    assert execution.exit_code != 0
    assert healthy(made)


def test_endless_files_are_bounded(made):
    run(made, "cd /srv; yes > yes; head -c 5000000000 /dev/zero > zero; cp zero zero2")
    assert sum(len(made.files.read(f"/srv/{name}")) for name in ("yes", "zero", "zero2")) < 20_000_000
    assert healthy(made)


def test_removing_everything_breaks_this_machine_only(made):
    other = booted(number=13)
    assert "dangerous to operate recursively" in run(made, "rm -rf /").stderr
    assert made.files.exists("/etc/passwd")
    run(made, "rm -rf --no-preserve-root /")
    assert made.files.root.children == {}
    assert made.running
    assert run(made, "sudo ls").exit_code == 127
    assert run(made, "echo still here").stdout == "still here\n"
    assert run(other, "ls /etc/passwd").stdout == "/etc/passwd\n"


def test_removing_every_folder_by_a_pattern_is_as_bad(made):
    run(made, "rm -rf /*")
    assert made.files.root.children == {}


@pytest.mark.parametrize(
    "command",
    [
        "cat /etc/shadow /proc/self/environ /proc/1/environ",
        "ln -s / /tmp/r; cat /tmp/r/proc/version /tmp/r/../../../etc/hostname",
        "cd /; cd ../../..; cat home/*/.bashrc",
        "echo > /dev/tcp/1.1.1.1/80",
        "curl https://1.1.1.1/",
        "wget http://example.com/",
        "ssh localhost",
        "ping -c 1 127.0.0.1",
        "nc localhost 22",
        "python3 -c 'import os'",
        "perl -e 1",
    ],
)
def test_nothing_of_this_computer_can_be_reached(made, command):
    execution = run(made, command)
    assert execution.exit_code != 0
    assert execution.stdout == ""


def test_environment_variables_of_this_computer_stay_here(made, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    assert "real" not in run(made, "env; set").stdout


PLAIN_WORDS = """- -- -a -r -f -n -u -c -o -m -w -X -H --retry -1 0 99999999999999999999 x=1 a:b / /nope /srv ..
/etc/passwd nginx root ghost start status install localhost http://localhost:99999/ http://[:: %{http_code} 644 +x u+z
-exec ; {} ( ) ! -name -size -perm * [ $("""
WORDS = st.sampled_from([*PLAIN_WORDS.split(), "", "\x00", " "])


@settings(max_examples=300)
@given(st.sampled_from(sorted(COMMANDS)), st.lists(WORDS, max_size=5), st.sampled_from(["root", "ec2-user"]))
@example("curl", ["--retry", "x", "http://localhost/"], "root")
@example("find", ["/", "-exec"], "root")
def test_every_command_answers_whatever_it_is_given(name, arguments, user):
    made = booted()
    quoted = " ".join("'" + word.replace("'", "'\\''").replace("\x00", "") + "'" for word in arguments)
    execution = run(made, f"{name} {quoted} < /etc/hosts", user=user, timeout_s=1000)
    assert execution.exit_code is not None or execution.signal is not None


@settings(max_examples=100)
@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_text_is_a_command_that_ends(text):
    execution = run(booted(), text, timeout_s=60)
    assert execution.exit_code is not None or execution.signal is not None
