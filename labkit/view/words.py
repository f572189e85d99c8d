"""Every sentence and label of the pictures, in one table, so that another language is another table.

``{instances}`` takes one or more names; the other gaps take one word or sentence each. The browser gets the
table whole and fills the gaps as ``fill`` does.
"""

from collections.abc import Mapping
from typing import Final

Gaps = Mapping[str, str | list[str]]

ENGLISH: Final[dict[str, str]] = {
    # The narrator: what happens now, and why.
    "before": "Nothing is being deployed yet: visitors get what the instances have served so far.",
    "created": "CreateDeployment accepted {version} for {group}; CodeDeploy looks up which instances that means.",
    "started": "{count} instances will take turns as {config} says; at least {minimum} must stay healthy.",
    "started_free": "{count} instances will take turns as {config} says; none has to stay healthy.",
    "started_one": "One instance gets the new revision, as {config} says.",
    "BeforeBlockTraffic": "BeforeBlockTraffic on {instances}: the old revision may prepare for traffic to stop.",
    "BlockTraffic": "BlockTraffic: the load balancer stops sending {instances} new requests and waits for open ones.",
    "AfterBlockTraffic": "AfterBlockTraffic on {instances}: no visitor is sent there any more.",
    "ApplicationStop": "ApplicationStop on {instances}: the old revision's own scripts stop it.",
    "DownloadBundle": "DownloadBundle: the agent on {instances} fetches {version}.",
    "BeforeInstall": "BeforeInstall on {instances}: scripts prepare the machine for the new files.",
    "Install": "Install on {instances}: the agent copies the files to where the AppSpec says.",
    "AfterInstall": "AfterInstall on {instances}: scripts finish what copying files cannot do.",
    "ApplicationStart": "ApplicationStart on {instances}: scripts start what ApplicationStop stopped.",
    "ValidateService": "ValidateService on {instances}: scripts ask whether {version} really works.",
    "BeforeAllowTraffic": "BeforeAllowTraffic on {instances}: a last chance to prepare before visitors come.",
    "AllowTraffic": "AllowTraffic: the load balancer checks {instances} and sends requests once a check passes.",
    "AfterAllowTraffic": "AfterAllowTraffic on {instances}: visitors are being served again.",
    "other_event": "{event} runs on {instances}.",
    "event_failed": "{event} failed on {instances}: {message}",
    "event_failed_log": "{event} failed on {instances}: {message} (the log ends with “{log}”).",
    "target_Succeeded": "{instances} finished: {version} is installed.",
    "target_Failed": "{instances} failed; all later lifecycle events there are skipped.",
    "target_Skipped": "{instances} keep what they had: the deployment ended before their turn.",
    "target_Skipped_one": "{instances} keeps what it had: the deployment ended before its turn.",
    "healthy": "{instances} passed the health check: the load balancer sends requests there.",
    "mix": "{instances} is back with {version}: from now on visitors meet {versions} in turn.",
    "unhealthy": "{instances} fails the health check ({description}), so the load balancer avoids it.",
    "waiting": "AllowTraffic still waits: {instances} fails the health check ({description}).",
    "fail_open": "No target is healthy, so the load balancer sends requests to all of them (fail open): {description}.",
    "none": "No instance takes requests: the load balancer itself answers 503.",
    "last_old": "The last instance with {old} has left: every visitor now gets {version}.",
    "deployment_Succeeded": "The deployment succeeded.",
    "deployment_Failed": "The deployment failed: {message}",
    "deployment_Stopped": "The deployment was stopped: {message}",
    "no_message": "no reason was recorded.",
    # Names and labels.
    "and": "and",
    "title": "Deployment {deployment}",
    "to": "{version} to {group}",
    "visitors": "Visitor",
    "load_balancer": "Load balancer",
    "address": "http://{name}-….elb.amazonaws.com/",
    "some_address": "the load balancer's address",
    "direct": "No load balancer: each instance is asked directly",
    "in_service": "{serving} of {total} in service",
    "promise": "promised: at least {minimum}",
    "no_answer": "nothing listens",
    "out": "no requests",
    "pending": "waits for its turn",
    "done": "done",
    "failed": "failed",
    "skipped": "skipped",
    "last_answers": "Last {count} answers",
    "every_visitor": "one visitor every {seconds} s",
    "page_now": "The page a visitor gets now",
    "no_page": "Nobody has asked yet.",
    "unavailable": "503 Service Temporarily Unavailable",
    "bad_gateway": "502 Bad Gateway",
    "play": "Play",
    "pause": "Pause",
    "previous": "Previous event",
    "next": "Next event",
    "speed": "Speed",
    "time": "Lab time",
    "share": "Share of answers",
    "errors": "errors",
    "events": "Lifecycle events",
    "leave": "leaves traffic",
    "install": "installs",
    "return": "comes back",
    "first_mix": "Both versions",
    "first_failure": "First failure",
    "last_old_moment": "Last of {version}",
    "dots": "1 dot = {count} requests",
    "keys": "Space plays, ← → go from event to event, Home and End to the edges.",
    "still": "{version} goes to {instances} instances of {group}: {status}.",
}


def fill(words: Mapping[str, str], key: str, gaps: Gaps) -> str:
    """The sentence ``key`` of the table with its gaps filled; lists become "a, b and c".

    >>> fill(ENGLISH, "healthy", {"instances": ["web-1", "web-2"]})
    'web-1 and web-2 passed the health check: the load balancer sends requests there.'
    """
    sentence = words[key]
    for name, value in gaps.items():
        text = value if isinstance(value, str) else listed(words, value)
        sentence = sentence.replace("{" + name + "}", text)
    return sentence


def listed(words: Mapping[str, str], names: list[str]) -> str:
    """The names as people list them.

    >>> listed(ENGLISH, ["web-1", "web-2", "web-3"])
    'web-1, web-2 and web-3'
    """
    if len(names) < 2:  # noqa: PLR2004
        return "".join(names)
    return f"{', '.join(names[:-1])} {words['and']} {names[-1]}"
