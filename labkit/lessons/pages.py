"""What pages say: on the machines of a deployment group, and in the commits of the running example."""

from collections.abc import Mapping

from labkit.lessons.outcomes import Outcomes
from labkit.lessons.stages import REPOSITORY
from labkit.rules.revision import GitHubRevision
from labkit.world.events import PageChanged

PAGE = "index.html"


def headline(page: str) -> str:
    """The text of the first ``<h1>``; empty without one.

    >>> headline("<body><h1>Hello, version 1</h1></body>")
    'Hello, version 1'
    """
    return page.partition("<h1>")[2].partition("</h1>")[0]


def machines_by_headline(outcomes: Outcomes, deployment_group: str) -> dict[str, int]:
    """How many of the machines of the group's last deployment show which headline, by headline."""
    last = {event.instance_id: headline(event.page) for event in outcomes.events(PageChanged)}
    showing: dict[str, int] = {}
    for instance_id in outcomes.deployments(deployment_group=deployment_group)[-1].instance_ids:
        said = last.get(instance_id, "")
        showing[said] = showing.get(said, 0) + 1
    return dict(sorted(showing.items()))


def listed(showing: Mapping[str, int]) -> str:
    """What ``machines_by_headline`` gave, in words.

    >>> listed({"Hello, version 1": 2, "Hello, version 2": 1})
    '2 × “Hello, version 1”, 1 × “Hello, version 2”'
    >>> listed({"": 1, "Hello, version 2": 3})
    '1 × (no page), 3 × “Hello, version 2”'
    """  # noqa: RUF002 - the sign that people write between a number and a thing
    return ", ".join(f"{count} × “{said}”" if said else f"{count} × (no page)" for said, count in showing.items())


def revisions_showing(outcomes: Outcomes, text: str) -> set[str | None]:
    """Labels of the revisions whose headline has ``text``: in the repository, or seen on a machine."""
    seen = {event.revision for event in outcomes.events(PageChanged) if text in headline(event.page)}
    repository = outcomes.lab.github.repository(REPOSITORY)
    for commit in repository.log():
        page = repository.files(commit.commit_id).get(PAGE, b"").decode(errors="replace")
        if text in headline(page):
            seen.add(GitHubRevision(REPOSITORY, commit.commit_id).label)
    return seen
