"""Faulty versions: ones that are installed without complaint and serve badly.

How: a page of static files can't be slow or fail now and then by itself, but nginx can be told to, in its own words.
The commit brings a file for ``/etc/nginx/conf.d``, and the next revision's Install takes it away again:

- slow: ``limit_rate`` (bytes a second), so a page of so many bytes takes so many seconds;
- half broken: ``split_clients`` deals requests out by nginx's own hash (MurmurHash2) of ``$request_id``, and ``return
  500`` answers one of the shares. The request ids of a machine are drawn in order, so the same lab meets the same
  errors.
"""

from labkit.rules.appspec import parse_appspec
from labkit.simulation.misuse import MisuseError
from labkit.world.agent.specification import DEFAULT_APPSPEC_FILENAME
from labkit.world.faults.account import Undo
from labkit.world.faults.fault import Scene, fault
from labkit.world.faults.revision_faults import appspec_of, appspec_text, commit_files
from labkit.world.github import Repository

CONFIGURATION = "conf/hello-web-version.conf"
FOLDER = "/etc/nginx/conf.d"

SERVER = """# Comes with this version and goes with it. A name that matches comes before the default server.
{before}server {{
    listen 80;
    listen [::]:80;
    server_name ~.;
    root {root};
{inside}
    location / {{
        try_files $uri $uri/index.html =404;
    }}
}}
"""

SPLIT = 'split_clients "$request_id" $outcome {{\n    {percent}%  broken;\n    *    fine;\n}}\n\n'


@fault
def slow_version(scene: Scene, *, repository: str | None = None, seconds: int = 8) -> Undo:
    """The newest commit of a repository takes seconds over every answer.

    ``curl -w '%{time_total}' localhost`` on the instance. Slower than the health check's timeout: Target.Timeout,
    "Request timed out", and AllowTraffic fails after an hour; faster, the deployment succeeds and visitors wait. Over
    60 seconds the load balancer answers 504. ``limit_rate`` in ``/etc/nginx/conf.d/hello-web-version.conf``.
    """
    at = scene.repository(repository)
    size = len(at.files().get("index.html", b""))
    _whole("seconds", seconds, 1, 600)
    # nginx lets a rate's worth through at once: so many bytes take one second less than size / rate.
    rate = max(size // (seconds + 1), 1)
    return _bring(at, "", f"    limit_rate {rate};\n", f"Answers are sent at {rate} bytes a second")


@fault
def half_broken_version(scene: Scene, *, repository: str | None = None, percent: int = 30) -> Undo:
    """The newest commit of a repository answers a share of all requests with 500.

    The deployment may well succeed: one check that passes makes a new target healthy. Then visitors get 500 now and
    then (``RequestAnswered`` with the status, and the revision behind it), and the target changes to unhealthy,
    Target.ResponseCodeMismatch "[500]", and back whenever enough checks in a row agree. ``split_clients`` in
    ``/etc/nginx/conf.d/hello-web-version.conf``.
    """
    _whole("percent", percent, 1, 99)
    broken = "    if ($outcome = broken) {\n        return 500;\n    }\n"
    return _bring(scene.repository(repository), SPLIT.format(percent=percent), broken, "New feature: recommendations")


def _bring(at: Repository, before: str, inside: str, message: str) -> Undo:
    appspec = appspec_of(at)
    spec = parse_appspec(appspec_text(appspec).encode())
    root = str(spec.files[0].destination) if spec.files else "/var/www"
    entry = {"source": f"/{CONFIGURATION}", "destination": FOLDER}
    there = appspec.get("files")
    others = [one for one in there if one != entry] if isinstance(there, list) else []
    changed = appspec_text({**appspec, "files": [*others, entry]})
    configuration = SERVER.format(before=before, root=root, inside=inside)
    return commit_files(at, {DEFAULT_APPSPEC_FILENAME: changed, CONFIGURATION: configuration}, message)


def _whole(name: str, value: int, low: int, high: int) -> None:
    if not isinstance(value, int) or not low <= value <= high:
        message = f"Expected {name} to be a whole number from {low} to {high}, found {value!r}."
        raise MisuseError(message)
