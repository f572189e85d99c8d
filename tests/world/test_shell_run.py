"""Running commands on a machine: what they give, how long they take, and when their effects happen."""

import pytest

from labkit.world.events import PageChanged, ServiceChanged
from tests.world.machines import SERVE_VAR_WWW, booted, run, script


@pytest.fixture
def made():
    return booted()


def out(made, command, **more):
    return run(made, command, **more).stdout


# --- what a command gives ----------------------------------------------------------------------


def test_stdout_stderr_and_exit_code_come_apart_and_in_order(made):
    execution = run(made, "echo a; echo b >&2; echo c; exit 3")
    assert (execution.stdout, execution.stderr, execution.exit_code) == ("a\nc\n", "b\n", 3)
    assert [chunk.text for chunk in execution.chunks] == ["a\n", "b\n", "c\n"]


def test_changes_come_to_the_machine(made):
    run(
        made, "mkdir -p /srv/a/b; echo x > /srv/a/b/c; ln -s b /srv/a/l; chmod 600 /srv/a/b/c; cat /srv/a/l/c >> /srv/d"
    )
    assert made.files.read("/srv/d") == b"x\n"
    assert made.files.lstat("/srv/a/l").target == "b"
    assert made.files.stat("/srv/a/b/c").mode == 0o600


def test_files_written_from_outside_are_seen_by_the_next_command(made):
    made.files.write("/srv/x", b"\xff\x00binary")
    assert out(made, "wc -c < /srv/x") == "8\n"
    made.files.remove("/srv/x")
    assert run(made, "cat /srv/x").stderr == "cat: /srv/x: No such file or directory\n"


@pytest.mark.parametrize(
    ("command", "stderr", "exit_code"),
    [
        pytest.param("foo; true", "bash: line 1: foo: command not found\n", 0, id="a name nobody has"),
        pytest.param("systemctll x", "bash: line 1: systemctll: command not found\n", 127, id="no suggestions"),
        pytest.param("docker ps", "bash: line 1: docker: command not found\n", 127, id="no talk of a sandbox"),
        pytest.param("true\nnginx -t", "bash: line 2: nginx: command not found\n", 127, id="a program not installed"),
        pytest.param(
            "/no/such", "bash: line 1: /no/such: No such file or directory\n", 127, id="a path that is not there"
        ),
        pytest.param(
            "cd /nope", "bash: line 1: cd: /nope: No such file or directory\n", 1, id="a folder that is not there"
        ),
        pytest.param("sudo nope", "sudo: nope: command not found\n", 1, id="through sudo"),
        pytest.param("echo (", "bash: line 1: syntax error", 2, id="a syntax error"),
    ],
)
def test_complaints_are_worded_as_bash_words_them(made, command, stderr, exit_code):
    execution = run(made, command)
    assert execution.stderr.startswith(stderr)
    assert execution.exit_code == exit_code


def test_a_scripts_complaints_carry_its_name_and_line(made):
    assert script(made, "#!/bin/bash\n\nfoo\n").stderr == "/opt/hook.sh: line 3: foo: command not found\n"


def test_output_that_is_not_utf_8_does_no_harm(made):
    assert script(made, "#!/bin/bash\nprintf '\\xff\\n'; echo 배포\n").stdout.endswith("\n배포\n")


# --- starting a program ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "mode", "start_error", "exit_code"),
    [
        pytest.param("#!/bin/bash\nexit 7\n", 0o755, None, 7, id="a script"),
        pytest.param("exit 7\n", 0o755, None, 7, id="no shebang: a shell runs it"),
        pytest.param("", 0o755, None, 0, id="an empty file"),
        pytest.param("#!/usr/bin/env bash\nexit 7\n", 0o755, None, 7, id="through env"),
        pytest.param("#!/bin/bash\r\nexit 7\r\n", 0o755, "No such file or directory", 126, id="Windows line ends"),
        pytest.param("#!/no/such\n", 0o755, "No such file or directory", 126, id="an interpreter that is not there"),
        pytest.param("#!/bin/bash\n", 0o644, "Permission denied", 126, id="not executable"),
    ],
)
def test_a_program_starts_or_its_errno_is_told(made, content, mode, start_error, exit_code):
    execution = script(made, content, mode=mode)
    assert (execution.start_error, execution.exit_code) == (start_error, exit_code)


def test_a_shebangs_options_hold(made):
    assert script(made, "#!/bin/bash -e\nfalse\necho no\n").stdout == ""


def test_a_script_knows_its_name_arguments_and_closed_input(made):
    text = '#!/bin/bash\necho "$0 $# $2"; read x; echo "[$x] $?"; pwd\n'
    made.files.write("/opt/a.sh", text, mode=0o755)
    assert out(made, "/opt/a.sh one two") == "/opt/a.sh 2 two\n[] 1\n/\n"


def test_variables_reach_the_script_and_those_it_starts(made):
    made.files.write("/opt/inner.sh", "echo inner $A $B\n", mode=0o755)
    made.files.write("/opt/a.sh", "#!/bin/bash\nexport B=2\nC=3\n/opt/inner.sh\nbash /opt/inner.sh\n", mode=0o755)
    assert out(made, "/opt/a.sh", env={"A": "1"}) == "inner 1 2\ninner 1 2\n"


def test_a_nested_script_is_a_process_of_its_own(made):
    made.files.write("/opt/inner.sh", 'echo "$0 $$ $PPID $1"; cd /tmp; X=1; exit 4\n', mode=0o755)
    text = 'echo $$; /opt/inner.sh a; echo "$? [$X]"; pwd; echo in | /opt/inner.sh b | tail -1'
    first, *rest = out(made, text).splitlines()
    pid = int(first)
    assert rest == [f"/opt/inner.sh {pid + 3} {pid} a", "4 []", "/", f"/opt/inner.sh {pid + 6} {pid} b"]


def test_what_is_piped_in_reaches_a_script(made):
    made.files.write("/opt/up.sh", '#!/bin/bash\nwhile read -r x; do echo "<$x>"; done\n', mode=0o755)
    assert out(made, "printf 'a\\nb\\n' | /opt/up.sh") == "<a>\n<b>\n"


def test_eval_source_and_functions_work(made):
    made.files.write("/opt/lib.sh", "greet() { echo hello $1; }\nX=5\nreturn 3\n")
    assert out(made, ". /opt/lib.sh; echo $? $X; greet you; eval 'Y=$((X+1))'; echo $Y") == "3 5\nhello you\n6\n"


# --- users -------------------------------------------------------------------------------------


@pytest.fixture
def shared(made):
    run(made, "useradd appuser; useradd -r -s /sbin/nologin locked; groupadd web; usermod -aG web appuser")
    return made


def test_su_and_sudo_change_who_runs(shared):
    text = '#!/bin/bash\necho "$(id -un) $HOME $USER [${SUDO_USER-none}] [$A]"\n'
    shared.files.write("/opt/who.sh", text, mode=0o755)
    env = {"A": "1"}
    assert out(shared, "su appuser -c /opt/who.sh", env=env) == "appuser /home/appuser appuser [none] [1]\n"
    assert out(shared, "sudo /opt/who.sh", env=env) == "root /root root [root] []\n"
    assert out(shared, "sudo -u appuser /opt/who.sh") == "appuser /home/appuser appuser [root] []\n"


@pytest.mark.parametrize(
    ("command", "stdout", "stderr"),
    [
        pytest.param(
            "su locked -c id", "This account is currently not available.\n", "", id="a shell that lets nobody in"
        ),
        pytest.param(
            "su ghost -c id",
            "",
            "su: user ghost does not exist or the user entry does not contain all the required fields\n",
            id="nobody of that name",
        ),
    ],
)
def test_su_refuses(shared, command, stdout, stderr):
    execution = run(shared, command)
    assert (execution.stdout, execution.stderr, execution.exit_code) == (stdout, stderr, 1)


def test_new_files_belong_to_who_made_them(shared):
    run(shared, "echo a > ~/a; touch ~/b; mkdir ~/c; cp ~/a ~/c/d", user="appuser")
    uid = shared.user_id("appuser")
    assert {shared.files.stat(f"/home/appuser/{name}").uid for name in ("a", "b", "c", "c/d")} == {uid}


@pytest.mark.parametrize(
    "command",
    [
        "echo x > /etc/x",
        "touch /etc/x",
        "mkdir /etc/x",
        "cp /etc/hosts /etc/x",
        "echo x | tee /etc/x",
        "ln -s a /etc/x",
    ],
)
def test_an_ordinary_user_may_not_write_just_anywhere(shared, command):
    execution = run(shared, command, user="appuser")
    assert execution.exit_code == 1
    assert "Permission denied" in execution.stderr
    assert not shared.files.exists("/etc/x")


def test_an_ordinary_user_may_not_remove_or_change_what_is_not_his(shared):
    execution = run(shared, "rm -f /etc/hosts; sed -i s/l/L/ /etc/hosts; chown appuser /etc/hosts", user="appuser")
    assert execution.exit_code == 1
    assert shared.files.read_text("/etc/hosts").startswith("127.0.0.1   localhost")


def test_a_private_script_cannot_be_run_by_another_user(shared):
    execution = script(shared, "#!/bin/bash\n", mode=0o700)
    assert execution.exit_code == 0
    assert run(shared, "su appuser -c /opt/hook.sh").exit_code == 126


# --- lab time ----------------------------------------------------------------------------------


def test_sleep_takes_lab_time_only(made):
    before = made.clock.now_s
    assert run(made, "sleep 2h").duration_s == 7200.01
    assert made.clock.now_s == before + 7200.01


def test_what_happens_before_a_sleep_is_seen_before_it_is_over(made):
    made.clock.process(made.run("echo 1 > /root/a; sleep 20; echo 2 > /root/a; sleep 20"))
    made.clock.advance(5)
    assert made.files.read("/root/a") == b"1\n"
    made.clock.advance(30)
    assert made.files.read("/root/a") == b"2\n"


def test_a_service_stopped_for_twenty_seconds_is_down_for_them():
    made = booted(SERVE_VAR_WWW)
    run(made, "systemctl stop nginx; sleep 20; systemctl start nginx")
    down, up = [event for event in made.history.of(ServiceChanged) if event.service == "nginx"][-2:]
    assert (down.active, up.active) == (False, True)
    assert up.at_s - down.at_s == pytest.approx(21, abs=0.1)
    assert [event.status for event in made.history.of(PageChanged)][-2:] == [None, 404]


def test_at_the_time_out_the_run_ends_and_later_effects_do_not_happen(made):
    execution = run(made, "echo a > /root/a; sleep 20; echo b > /root/b", timeout_s=3)
    assert (execution.timed_out, execution.exit_code, execution.signal) == (True, None, 15)
    assert execution.duration_s == 3
    made.clock.advance(60)
    assert made.files.exists("/root/a")
    assert not made.files.exists("/root/b")


def test_a_package_that_is_not_installed_in_time_is_not_installed(made):
    run(made, "dnf install -y nginx", timeout_s=2)
    assert run(made, "rpm -q nginx").exit_code == 1


def test_the_trap_of_a_script_whose_time_is_up_runs(made):
    text = "#!/bin/bash\ntrap 'touch /root/cleaned; exit 0' TERM\nsleep 30 & wait\n"
    execution = script(made, text, timeout_s=2)
    assert (execution.timed_out, execution.exit_code, execution.duration_s) == (True, 0, 2.01)
    assert made.files.exists("/root/cleaned")


def test_a_script_that_ignores_the_signal_goes_on_and_is_late(made):
    execution = run(made, "trap '' TERM; sleep 10; touch /root/late", timeout_s=3)
    assert (execution.timed_out, execution.exit_code, execution.duration_s) == (True, 0, 10.03)
    assert made.files.exists("/root/late")


@pytest.mark.parametrize(("name", "number"), [("SEGV", 11), ("9", 9), ("TERM", 15)])
def test_a_signal_to_itself_ends_a_script(made, name, number):
    execution = script(made, f"#!/bin/bash\nkill -{name} $$\necho no\n")
    assert (execution.exit_code, execution.signal, execution.stdout) == (None, number, "")


def test_an_exit_code_above_128_is_no_signal(made):
    assert script(made, "#!/bin/bash\nexit 137\n").exit_code == 137


def test_timeout_ends_what_it_runs_and_the_script_goes_on(made):
    execution = run(made, "timeout 5 bash -c 'echo in; sleep 20; echo no'; echo $?; timeout 5 true; echo $?")
    assert execution.stdout == "in\n124\n0\n"
    assert execution.duration_s == pytest.approx(5, abs=0.1)


# --- background children -----------------------------------------------------------------------


def test_a_parent_does_not_wait_for_its_child_which_holds_the_output(made):
    execution = script(made, "#!/bin/bash\n(sleep 20; echo late > /root/late) &\necho done\n")
    assert (execution.exit_code, execution.duration_s) == (0, 0.01)
    assert execution.open_stream == "stdout"
    assert execution.open_until_s == pytest.approx(20, abs=0.1)
    assert not made.files.exists("/root/late")
    made.clock.advance(21)
    assert made.files.read("/root/late") == b"late\n"


@pytest.mark.parametrize(
    ("redirection", "held"),
    [
        (">/dev/null 2>&1", None),
        ("&>/dev/null", None),
        (">/dev/null", "stderr"),
        ("2>/dev/null", "stdout"),
        ("", "stdout"),
    ],
)
def test_a_child_holds_the_streams_that_it_was_not_turned_away_from(made, redirection, held):
    assert run(made, f"nohup sleep 20 {redirection} & echo done").open_stream == held


def test_wait_waits_and_gives_the_childs_exit_code(made):
    execution = run(made, "(sleep 5; exit 3) & p=$!; sleep 1; wait $p; echo $?; wait; (exit 4) & wait $!; echo $?")
    assert execution.stdout == "3\n4\n"
    assert execution.duration_s == pytest.approx(5, abs=0.1)
    assert execution.open_stream is None


def test_a_child_that_is_killed_does_nothing_more(made):
    run(made, "(sleep 5; touch /root/late) >/dev/null 2>&1 & echo $! > /root/pid")
    assert run(made, "kill -0 $(cat /root/pid)").exit_code == 0
    assert run(made, "kill $(cat /root/pid)").exit_code == 0
    made.clock.advance(10)
    assert not made.files.exists("/root/late")
    assert run(made, "kill $(cat /root/pid)").exit_code == 1


def test_a_child_that_never_ends_lives_on_and_does_its_work_for_a_while(made):
    run(made, "while true; do date >> /root/beat; sleep 60; done >/dev/null 2>&1 &")
    made.clock.advance(310)
    assert len(made.files.read("/root/beat").splitlines()) == 6
    made.clock.advance(100_000)
    assert "bash" in out(made, "ps aux")


def test_children_end_with_their_parent_when_time_is_up(made):
    run(made, "(sleep 30; touch /root/late) & sleep 60", timeout_s=10)
    made.clock.advance(60)
    assert not made.files.exists("/root/late")


def test_children_are_dealt_their_own_numbers(made):
    first, second = out(made, "sleep 1 >/dev/null & echo $!; sleep 1 >/dev/null & echo $!").split()
    assert int(second) > int(first)
