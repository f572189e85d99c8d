"""Why a machine does not answer with the page one expects: no web server, another folder, nothing there, an error.

These rules look at one machine from the inside; what a load balancer makes of it is in ``health``.
"""

from dataclasses import dataclass

from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import on_machine
from labkit.explain.facts import MachineFacts, Probe, TargetFacts, TroubleFacts
from labkit.explain.finding import Finding, Rule, first, root
from labkit.explain.rules.replacing import replacing, replacing_fix
from labkit.explain.sentence import chained, said
from labkit.world.agent.deployment_root import INSTRUCTIONS, ROOT

FIRST_SERVER_ERROR = 500
FIRST_CLIENT_ERROR = 400
CONFIGURATION_FOLDERS = {"nginx": "/etc/nginx", "httpd": "/etc/httpd"}
OWN_FOLDER = "/opt/codedeploy-agent"


@dataclass(frozen=True, slots=True)
class Web:
    """A machine and the request that is not answered as it should be."""

    machine: MachineFacts
    probe: Probe


def why_not_served(facts: TroubleFacts) -> Finding | None:
    """Why the machine of a deployment does not answer ``/``; None if it does."""
    return why_page_fails(Web(facts.machine, facts.machine.front))


def why_target_fails(target: TargetFacts) -> Finding | None:
    """Why a target does not answer its health check; None if it does."""
    return why_page_fails(Web(target.machine, target.checked))


def why_page_fails(facts: Web) -> Finding | None:
    """Why a request is refused or answered with an error; None if it is not."""
    return first(RULES, facts)


def not_started(facts: Web) -> Finding | None:
    """Nothing listens on any port."""
    machine = facts.machine
    if machine.servers or facts.probe.status is not None or not machine.running:
        return None
    if not machine.idle_servers:
        shown = on_machine(machine.instance_id, said("listening sockets"), "State", "ss -tln")
        says = said("No web server is installed on {instance}.", instance=machine.instance_id)
        return root(
            Link("web-server-not-installed", says, (shown,)), said("Install one in the image or the user data.")
        )
    name = machine.idle_servers[0]
    evidence = (
        on_machine(machine.instance_id, f"systemctl status {name}", name, f"systemctl status {name}"),
        on_machine(
            machine.instance_id, said("curl on port {port}", port=facts.probe.port), "curl: (7)", _curl(facts.probe)
        ),
    )
    says = said(
        "The web server {name} is installed on {instance} but does not run.", name=name, instance=machine.instance_id
    )
    fix = said(
        "Let ApplicationStart of the revision start it (systemctl start {name}), and enable it for the next boot.",
        name=name,
    )
    return root(Link("web-server-not-started", says, evidence), fix, f"sudo systemctl enable --now {name}")


def other_port(facts: Web) -> Finding | None:
    """A server runs, but not there."""
    machine = facts.machine
    if facts.probe.status is not None or not machine.servers:
        return None
    ports = sorted({port for server in machine.servers for port in server.ports})
    listed = ", ".join(str(port) for port in ports) or said("none")
    shown = on_machine(machine.instance_id, said("listening sockets"), f":{ports[0]} " if ports else "State", "ss -tln")
    names = ", ".join(server.service for server in machine.servers)
    says = said(
        "Nothing listens on port {port} of {instance}; {names} listens on {listed}.",
        port=facts.probe.port,
        instance=machine.instance_id,
        names=names,
        listed=listed,
    )
    return root(
        Link("port-not-served", says, (shown,)),
        said("Let the web server listen on port {port}.", port=facts.probe.port),
    )


def nothing_deployed(facts: Web) -> Finding | None:
    """The image brings no page, and no deployment has brought one."""
    machine = facts.machine
    if not _not_found(facts.probe) or _pages(machine):
        return None
    counted = f"find {ROOT} -name '*-cleanup' | wc -l"
    shown = on_machine(machine.instance_id, said("deployment groups that have installed files here"), "0", counted)
    says = said(
        "Nothing has been deployed to {instance} yet: its image serves an empty folder, so every request is "
        "answered {status}.",
        instance=machine.instance_id,
        status=facts.probe.status,
    )
    link, group = Link("nothing-deployed-yet", says, (_answered(facts), shown)), machine.auto_scaling_group
    if group is not None and machine.fellows_replaced:
        return root(link, *replacing_fix(group)).after(replacing(machine, group))
    fix = said(
        "Deploy to it; until then let the image bring a page of its own, or the health check take for "
        "healthy what an empty instance answers."
    )
    return root(link, fix)


def wrong_document_root(facts: Web) -> Finding | None:
    """What was installed lies in no folder that is served."""
    machine, pages = facts.machine, _pages(facts.machine)
    roots = tuple(dict.fromkeys(one for server in machine.servers for one in server.roots))
    stray = _stray(pages, roots, facts.probe.path)
    if not _not_found(facts.probe) or stray is None:
        return None
    folder = stray.rpartition("/")[0]
    configuration = CONFIGURATION_FOLDERS.get(machine.servers[0].service, "/etc") if machine.servers else "/etc"
    evidence = (
        _answered(facts),
        on_machine(machine.instance_id, said("what the agent installed"), stray, f"cat {INSTRUCTIONS}/*-cleanup"),
        on_machine(
            machine.instance_id,
            f"{configuration}",
            roots[0] if roots else "",
            f"grep -r {roots[0] if roots else 'root'} {configuration}",
        ),
    )
    says = said(
        "The revision installs its files into {folder}, but the web server of {instance} serves {roots}: "
        "destination and document root differ.",
        folder=folder,
        instance=machine.instance_id,
        roots=chained("{first} and {second}", roots) if roots else said("no folder"),
    )
    fix = said(
        "Let appspec.yml name {root} as destination, or the web server's configuration {folder} as root; "
        "commit (or bake the image), and deploy.",
        root=roots[0] if roots else said("the document root"),
        folder=folder,
    )
    question = said(
        "Is it so on every instance with this revision? Then appspec.yml (or the image) is wrong; if only "
        "here, somebody changed the configuration of this web server."
    )
    return root(Link("wrong-document-root", says, evidence), fix, None, question)


def not_in_revision(facts: Web) -> Finding | None:
    """The folder is right, the page is not in it, or may not be read."""
    if not _not_found(facts.probe):
        return None
    roots = tuple(one for server in facts.machine.servers for one in server.roots)
    place = roots[0] if roots else "/"
    evidence = (_answered(facts), on_machine(facts.machine.instance_id, place, "", f"ls -lR {place}"))
    says = said(
        "{instance} has no page for {path} in {place} that the web server may read.",
        instance=facts.machine.instance_id,
        path=facts.probe.path,
        place=place,
    )
    return root(
        Link("page-not-in-revision", says, evidence), said("Commit the page, check its mode and owner, and deploy.")
    )


def server_error(facts: Web) -> Finding | None:
    """The application breaks."""
    if facts.probe.status is None or facts.probe.status < FIRST_SERVER_ERROR:
        return None
    says = said(
        "The application on {instance} answers {status}.", instance=facts.machine.instance_id, status=facts.probe.status
    )
    fix = said("Deploy the revision before it again, and mend the new one.")
    return root(Link("broken-version", says, (_answered(facts),)), fix)


RULES: tuple[Rule[Web], ...] = (
    not_started,
    other_port,
    nothing_deployed,
    wrong_document_root,
    not_in_revision,
    server_error,
)


def _not_found(probe: Probe) -> bool:
    return probe.status is not None and FIRST_CLIENT_ERROR <= probe.status < FIRST_SERVER_ERROR


def _pages(machine: MachineFacts) -> list[str]:
    """The files that deployments brought, but for a web server's configuration."""
    return [path for path in machine.installed if "." in path.rpartition("/")[2] and not path.startswith("/etc/")]


def _stray(pages: list[str], roots: tuple[str, ...], path: str) -> str | None:
    """An installed page that is meant for ``path`` but lies where nobody looks; None if there is none."""
    name = path.partition("?")[0].strip("/") or "index.html"
    meant = [page for page in pages if page.endswith(f"/{name}")]
    if meant:
        return None if any(page.rpartition(f"/{name}")[0] in roots for page in meant) else meant[0]
    return pages[0] if pages and not any(_under(page, roots) for page in pages) else None


def _under(path: str, folders: tuple[str, ...]) -> bool:
    return any(path.startswith(f"{folder.rstrip('/')}/") for folder in folders)


def _curl(probe: Probe) -> str:
    return f"curl -sS -o /dev/null -w '%{{http_code}}' http://localhost:{probe.port}{probe.path}"


def _answered(facts: Web) -> Evidence:
    probe = facts.probe
    where = said("curl on port {port}", port=probe.port)
    return on_machine(facts.machine.instance_id, where, str(probe.status), _curl(probe))
