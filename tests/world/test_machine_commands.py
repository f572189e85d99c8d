"""The commands that the lab answers itself, one line each."""

import pytest

from tests.world.machines import booted, run

PREPARE = """useradd -m bob; groupadd web; mkdir -p /srv/a/b; echo one > /srv/a/x; echo two > /srv/a/b/y
ln -s a/x /srv/l; chown bob:web /srv/a/x; chmod 640 /srv/a/x; cd /srv
"""


@pytest.fixture(scope="module")
def root():
    made = booted()
    assert run(made, PREPARE).exit_code == 0
    return made.files.root


def out(root, command, **more):
    made = booted(root=root)
    made.clock.advance(60)  # the files of the image are a few moments old
    return run(made, command, cwd="/srv", **more).stdout


@pytest.mark.parametrize(
    ("command", "stdout"),
    [
        ("ls", "a\nl\n"),
        ("ls -l a/x", "-rw-r----- 1 bob web 4 Mar  2 09:02 a/x\n"),
        (
            "ls -ld a l",
            "drwxr-xr-x 3 root root 4096 Mar  2 09:02 a\nlrwxrwxrwx 1 root root    3 Mar  2 09:02 l -> a/x\n",
        ),
        ("ls -a a/b", ".\n..\ny\n"),
        ("ls a/x nope 2>&1", "a/x\nls: cannot access 'nope': No such file or directory\n"),
        ("stat -c '%U:%G %a %s %F' a/x a", "bob:web 640 4 regular file\nroot:root 755 4096 directory\n"),
        ("find . -type f -user bob", "./a/x\n"),
        ("find a -name y -o -name x", "a/b/y\na/x\n"),
        ("find a -type f -exec cat {} +", "two\none\n"),
        ("find a -type f ! -user bob -printf '%p %u %m\\n'", "a/b/y root 644\n"),
        ("find . -maxdepth 1 -type l; find a -type d -empty; find . -perm 640", "./l\n./a/x\n"),
        ("id bob", "uid=1001(bob) gid=1001(bob) groups=1001(bob)\n"),
        ("usermod -aG web bob; id -nG bob; groups bob", "bob web\nbob : bob web\n"),
        ("whoami; id -u; id -un", "root\n0\nroot\n"),
        ("hostname; hostname -I", "ip-10-0-0-12.ap-northeast-2.compute.internal\n10.0.0.12 \n"),
        ("date '+%F %T %Z'; date -d @0 +%s; date -d '1 day ago' +%F", "2026-03-02 09:03:00 UTC\n0\n2026-03-01\n"),
        ("uname -s; uname -m", "Linux\nx86_64\n"),
        (
            "which ls nope 2>/dev/null; command -v systemctl; type cd",
            "/usr/bin/ls\n/usr/bin/systemctl\ncd is a shell builtin\n",
        ),
        ("cp -r a c; ls -R c", "c:\nb\nx\n\nc/b:\ny\n"),
        ("cp a/x . && stat -c %U x; cp -p a/x z && stat -c %U:%a z", "root\nbob:640\n"),
        ("mv a/x moved; stat -c '%n %U' moved; ls a", "moved bob\nb\n"),
        ("mv a/x a/b/; ls a/b; mv a/b a/b/c 2>&1", "x\ny\nmv: cannot move 'a/b' to '/srv/a/b/c': Invalid argument\n"),
        ("rm a 2>&1; rm -r a; ls", "rm: cannot remove 'a': Is a directory\nl\n"),
        ("mkdir -p p/q/r && rmdir p/q/r && ls p/q; mkdir a 2>&1", "mkdir: cannot create directory 'a': File exists\n"),
        ("echo hi | tee -a a/x t; cat a/x t", "hi\none\nhi\nhi\n"),
        ("install -m 700 -o bob -g web a/x i; stat -c '%a %U %G' i", "700 bob web\n"),
        ("chmod u=rwx,g+w,o= a/x; stat -c %a a/x; chmod -R a+X a; stat -c %a a/b", "760\n755\n"),
        ("chown -R bob a; stat -c %U a/b/y; chown nobody2 a 2>&1", "bob\nchown: invalid user: 'nobody2'\n"),
        ("chgrp web a/b/y; stat -c %U:%G a/b/y", "root:web\n"),
        ("touch new; stat -c '%U %s' new; readlink -f l; cat l", "root 0\n/srv/a/x\none\n"),
        (
            "printf 'a b\\nc\\n' | xargs echo; echo a b | xargs -n 1 echo; echo x | xargs -I{} echo '<{}>'",
            "a b c\na\nb\n<x>\n",
        ),
        ("env -i A=1 env; A=2 bash -c 'echo $A'; nohup echo n", "A=1\n2\nn\n"),
        ("bash -c 'echo $0 $1' name arg; echo 'echo in $1' | bash -s x", "name arg\nin x\n"),
        ("uptime | grep -c 'up  0:02'; ss -tln | wc -l", "1\n1\n"),
        (
            "getent passwd bob | cut -d: -f6; userdel -r bob; id bob 2>&1; ls /home",
            "/home/bob\nid: 'bob': no such user\nec2-user\n",
        ),
        ("systemctl list-units --type=service | head -2 | tail -1 | cut -c3-30", "amazon-ssm-agent.service    \n"),
        ("ruby --version; python3 --version", "Python 3.9.23\n"),
    ],
)
def test_commands_say_what_linux_says(root, command, stdout):
    assert out(root, command) == stdout


@pytest.mark.parametrize(
    ("command", "exit_code", "stderr"),
    [
        (
            "curl http://localhost/",
            7,
            "curl: (7) Failed to connect to localhost port 80 after 0 ms: Could not connect to server\n",
        ),
        ("curl -s http://localhost/", 7, ""),
        ("curl -sS http://nowhere.example/", 6, "curl: (6) Could not resolve host: nowhere.example\n"),
        ("curl", 2, "curl: try 'curl --help' or 'curl --manual' for more information\n"),
        ("curl ftp://localhost/", 1, 'curl: (1) Protocol "ftp" not supported\n'),
        ("sleep x", 1, "sleep: invalid time interval 'x'\nTry 'sleep --help' for more information.\n"),
        ("kill 99999", 1, "bash: line 1: kill: (99999) - No such process\n"),
        ("top", 1, "top: standard output is not a terminal; use cat, head, tail or ps instead\n"),
        (
            "reboot",
            1,
            "reboot: switch this machine with EC2's RebootInstances, StopInstances or TerminateInstances instead\n",
        ),
    ],
)
def test_commands_fail_as_linuxs_do(root, command, exit_code, stderr):
    execution = run(booted(root=root), f"true; {command}")
    assert (execution.exit_code, execution.stderr) == (exit_code, stderr)


def test_curl_shows_status_headers_and_writes_files():
    made = booted("#!/bin/bash\ndnf install -y nginx\nsystemctl start nginx\n")
    assert run(made, "curl -s -o /root/page -w '%{http_code}\\n' localhost").stdout == "200\n"
    assert b"Welcome to nginx!" in made.files.read("/root/page")
    assert run(made, "curl -sI http://10.0.0.12/").stdout.startswith("HTTP/1.1 200 OK\r\nServer: nginx/")
    assert run(made, "curl -sf localhost/nope; echo $?").stdout == "22\n"
    assert run(made, "curl --retry 2 --retry-connrefused -s localhost:81").duration_s > 2


def test_deeper_folders_than_any_are_refused():
    made = booted()
    assert "File name too long" in run(made, "mkdir -p /srv" + "/d" * 200).stderr
    run(made, "mkdir -p /srv/1" + "/d" * 60 + " /srv/2" + "/d" * 60)
    assert "File name too long" in run(made, "mv /srv/1 /srv/2" + "/d" * 60).stderr
