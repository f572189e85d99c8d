"""The web servers' own programs: nginx, apachectl and httpd (nginx(8), apachectl(8))."""

from labkit.world import services
from labkit.world.httpd_config import httpd
from labkit.world.nginx_config import CONFIG_PATH, ConfigError
from labkit.world.nginx_sites import nginx
from labkit.world.shell.call import Call, Result, command
from labkit.world.shell.durations import SERVICE_RELOAD_S, SERVICE_START_S
from labkit.world.web_server import NGINX_VERSION

NGINX_DENIED = (
    'nginx: [alert] could not open error log file: open() "/var/log/nginx/error.log" failed (13: Permission denied)\n'
    'nginx: [emerg] open() "/run/nginx.pid" failed (13: Permission denied)\n'
)


@command("nginx", program="/usr/sbin/nginx")
def nginx_program(call: Call) -> Result:
    """``nginx``, ``nginx -t``, ``nginx -T``, ``nginx -v``, ``nginx -s stop|quit|reload|reopen``."""
    words = list(call.arguments)
    if "-v" in words or "-V" in words:
        return Result(stderr=f"nginx version: {NGINX_VERSION}\n")
    if call.user.uid != 0:
        return Result(stderr=NGINX_DENIED, exit_code=1)
    if "-t" in words or "-T" in words:
        return _tested(call)
    if "-s" in words:
        return _signalled(call, words[words.index("-s") + 1] if words[-1] != "-s" else "")
    return _started(call, "nginx")


def _tested(call: Call) -> Result:
    try:
        nginx(call.files)
    except ConfigError as error:
        return Result(stderr=f"nginx: {error}\nnginx: configuration file {CONFIG_PATH} test failed\n", exit_code=1)
    text = f"nginx: the configuration file {CONFIG_PATH} syntax is ok\n"
    return Result(stderr=f"{text}nginx: configuration file {CONFIG_PATH} test is successful\n")


def _signalled(call: Call, word: str) -> Result:
    if word not in {"stop", "quit", "reload", "reopen"}:
        return Result(stderr=f'nginx: invalid option: "-s {word}"\n', exit_code=1)
    checked = _tested(call)
    if checked.exit_code:
        return Result(stderr=checked.stderr.splitlines()[0] + "\n", exit_code=1)
    unit, state = services.find(call.files, "nginx"), call.inside.service("nginx")
    if not state.running or unit is None:
        return Result(stderr='nginx: [error] invalid PID number "" in "/run/nginx.pid"\n', exit_code=1)
    if word == "reload":
        call.spend(SERVICE_RELOAD_S)
        services.reload(call.inside, unit, call.now_s)
    elif word != "reopen":
        services.stop(call.inside, "nginx", call.now_s)
    return Result()


def _started(call: Call, name: str) -> Result:
    unit = services.find(call.files, name)
    if unit is None:
        return call.fail(f"the unit file of {name} is gone; reinstall the package")
    call.spend(SERVICE_START_S)
    state = services.start(call.inside, unit, call.now_s)
    if state.running:
        return Result()
    rows = [text for _, text in services.journal_lines(call.files, name) if not text.startswith("systemd")]
    return Result(stderr="".join(f"{text}\n" for text in rows[-2:]), exit_code=1)


@command("apachectl", "httpd", program="/usr/sbin/httpd")
def apachectl(call: Call) -> Result:
    """``apachectl configtest|start|stop|restart|graceful|status``, ``httpd -t|-v``."""
    word = call.arguments[0] if call.arguments else "start"
    if word in {"-v", "-V"}:
        return Result("Server version: Apache/2.4.65 (Amazon Linux)\n")
    if word in {"configtest", "-t"}:
        try:
            httpd(call.files)
        except ConfigError as error:
            return Result(stderr=f"{error}\n", exit_code=1)
        return Result(stderr="Syntax OK\n")
    if word == "-k":
        word = call.arguments[1] if len(call.arguments) > 1 else ""
    verb = {"graceful": "reload", "graceful-stop": "stop", "-DFOREGROUND": "start"}.get(word, word)
    return call.execute(("systemctl", verb, "httpd"))
