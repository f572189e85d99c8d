"""Every sentence and label of the pictures, in one table, so that another language is another table.

``{instances}`` takes one or more names; the other gaps take one word or sentence each. The browser gets the
table whole and fills the gaps as ``fill`` does. A key that ends in ``_one`` is said of a single instance.
"""

from collections.abc import Callable, Mapping
from typing import Final

Gaps = Mapping[str, str | list[str]]
Words = Mapping[str, str]

ENGLISH: Final[dict[str, str]] = {
    "language": "en",
    # The narrator: what happens now, and why.
    "before": "Nothing is being deployed yet: visitors get what the instances have served so far.",
    "created": "CreateDeployment accepted {version} for {group}; CodeDeploy looks up which instances that means.",
    "started": "{count} instances will take turns as {config} says; at least {minimum} must stay healthy.",
    "started_free": "{count} instances will take turns as {config} says; none has to stay healthy.",
    "started_one": "One instance gets the new revision, as {config} says.",
    "started_blue_green": "Blue/green: a replacement fleet (green) gets {version}, while visitors stay with the "
    "original fleet (blue).",
    "booting": "{instances} boot: they will be the replacement fleet (green).",
    "booting_one": "{instances} boots: it will belong to the replacement fleet (green).",
    "BeforeBlockTraffic": "BeforeBlockTraffic on {instances}: the old revision may prepare for traffic to stop.",
    "BlockTraffic": "BlockTraffic: the load balancer stops sending {instances} new requests and waits for open ones.",
    "AfterBlockTraffic": "AfterBlockTraffic on {instances}: no visitor is sent there any more.",
    "ApplicationStop": "ApplicationStop on {instances}: the old revision's own scripts stop it.",
    "ApplicationStop_green": "ApplicationStop on {instances}: nothing to stop, as nothing was deployed there before.",
    "DownloadBundle": "DownloadBundle: the agent on {instances} fetches {version}.",
    "BeforeInstall": "BeforeInstall on {instances}: scripts prepare the machine for the new files.",
    "Install": "Install on {instances}: the agent copies the files to where the AppSpec says.",
    "AfterInstall": "AfterInstall on {instances}: scripts finish what copying files cannot do.",
    "ApplicationStart": "ApplicationStart on {instances}: scripts start what ApplicationStop stopped.",
    "ApplicationStart_green": "ApplicationStart on {instances}: scripts start the new revision.",
    "ValidateService": "ValidateService on {instances}: scripts ask whether {version} really works.",
    "BeforeAllowTraffic": "BeforeAllowTraffic on {instances}: a last chance to prepare before visitors come.",
    "AllowTraffic": "AllowTraffic: the load balancer checks {instances} and sends requests once a check passes.",
    "AfterAllowTraffic": "AfterAllowTraffic on {instances}: visitors are being served again.",
    "AfterAllowTraffic_green": "AfterAllowTraffic on {instances}: visitors are being served.",
    "other_event": "{event} runs on {instances}.",
    "event_failed": "{event} failed on {instances}: {message}",
    "event_failed_log": "{event} failed on {instances}: {message} (the log ends with “{log}”).",
    "target_Succeeded": "{instances} finished: {version} is installed.",
    "target_Succeeded_blue": "{instances} are out of traffic: the original fleet serves nobody any more.",
    "target_Succeeded_blue_one": "{instances} is out of traffic and serves nobody any more.",
    "target_Ready": "{instances} have {version} installed and wait for traffic: visitors still get the original fleet.",
    "target_Ready_one": "{instances} has {version} installed and waits for traffic.",
    "target_Failed": "{instances} failed; all later lifecycle events there are skipped.",
    "target_Skipped": "{instances} keep what they had: the deployment ended before their turn.",
    "target_Skipped_one": "{instances} keeps what it had: the deployment ended before its turn.",
    "healthy": "{instances} passed the health check: the load balancer sends requests there.",
    "mix": "{instances} is back with {version}: from now on visitors meet {versions} in turn.",
    "mix_green": "The traffic moves: {instances} (green) serves {version}, and visitors meet {versions} in turn.",
    "unhealthy": "{instances} fails the health check ({description}), so the load balancer avoids it.",
    "waiting": "AllowTraffic still waits: {instances} fails the health check ({description}).",
    "fail_open": "No target is healthy, so the load balancer sends requests to all of them (fail open): {description}.",
    "none": "No instance takes requests: the load balancer itself answers 503.",
    "last_old": "The last instance with {old} has left: every visitor now gets {version}.",
    "machine_stopped": "{instances} was stopped: it answers nobody.",
    "machine_terminating": "{instances} are terminated.",
    "machine_terminating_one": "{instances} is terminated.",
    "deployment_Ready": "The replacement fleet is ready; CodeDeploy reroutes the traffic on ContinueDeployment.",
    "deployment_Succeeded": "The deployment succeeded.",
    "deployment_Failed": "The deployment failed: {message}",
    "deployment_Stopped": "The deployment was stopped: {message}",
    "no_message": "no reason was recorded.",
    # Names and labels.
    "and": "and",
    "more": "{count} more",
    "seconds": "{seconds} s",
    "minutes": "{minutes} min {seconds} s",
    "title": "Deployment {deployment}",
    "to": "{version} to {group}",
    "visitors": "Visitor",
    "load_balancer": "Load balancer",
    "some_address": "the load balancer's address",
    "direct_address": "each instance's address",
    "direct": "No load balancer: each instance is asked directly",
    "in_service": "{serving} of {total} in service",
    "promise": "promised: at least {minimum}",
    "blue": "Blue: the original fleet",
    "green": "Green: the replacement fleet",
    "out": "no traffic",
    "pending": "waits for its turn",
    "done": "done",
    "ready": "installed, waits for traffic",
    "failed": "failed",
    "skipped": "skipped",
    "absent": "not launched yet",
    "booting_state": "booting",
    "refresh": "Refresh",
    "auto_refresh": "Auto-refresh",
    "last_answers": "Last {count} answers",
    "page_now": "The page a visitor gets now",
    "no_page": "Nobody has asked yet.",
    "unavailable": "503 Service Temporarily Unavailable",
    "bad_gateway": "502 Bad Gateway",
    "refused": "Connection refused: nothing listens there",
    "share": "Share of answers",
    "healthy_hosts": "Healthy instances",
    "events": "Lifecycle events",
    "leave": "leaves traffic",
    "install": "installs",
    "return": "comes back",
    "dots": "1 dot = {count} requests",
    "still": "{version} goes to {instances} instances of {group}: {status}.",
    "still_one": "{version} goes to {instances} instance of {group}: {status}.",
    # Controls.
    "play": "Play",
    "pause": "Pause",
    "previous": "Previous event",
    "next": "Next event",
    "speed": "Speed",
    "time": "Lab time",
    "first_mix": "Both versions",
    "reroute": "Traffic moves",
    "first_refusal": "Health check fails",
    "first_outage": "Nobody serves",
    "first_failure": "First failure",
    "last_old_moment": "Last of {version}",
    "full_screen": "Full screen",
    "leave_full_screen": "Leave full screen",
    "close": "Close",
    # The keys, and what they do.
    "keys": "Keys",
    "key_play": "Play or pause",
    "key_event": "Previous or next event",
    "key_moment": "Previous or next named moment",
    "key_edge": "First or last moment",
    "key_speed": "Slower or faster",
    "key_refresh": "Refresh the visitor's page",
    "key_auto": "Auto-refresh on or off",
    "key_screen": "Full screen on or off",
    "key_presenter": "In full screen, a presenter's remote: previous or next event",
    "key_dark": "In full screen: darken the picture",
    "key_help": "This list",
    # With a running kernel.
    "let_pass": "Let a minute pass",
    "break": "Break {instance}",
    "break_tip": "It happens in the lab itself, at its present moment: {now}.",
    "break_over": "This deployment is over: the next one will meet what you break now.",
    "fault_agent-stopped": "Stop the agent",
    "fault_fail-next-script": "Fail the next script",
    "fault_break-health-check": "Break the health check",
    "injected": "{instance}: {fault}. Let time pass to see what comes of it.",
}

MOST_NAMES = 5
NAMES_OF_MORE = 3
"""Of more than ``MOST_NAMES`` names, so many are said."""


def words(language: str, translate: Callable[[str], str]) -> dict[str, str]:
    """The table in another language.

    ``language``: its tag for HTML's ``lang``, such as ``ko``. ``translate``: gives a sentence of ``ENGLISH`` in that
    language, gaps and all, or unchanged where nobody has translated it yet.
    """
    return {key: translate(sentence) for key, sentence in ENGLISH.items()} | {"language": language}


def fill(words: Words, key: str, gaps: Gaps) -> str:
    """The sentence ``key`` of the table with its gaps filled; lists become "a, b and c".

    >>> fill(ENGLISH, "healthy", {"instances": ["web-1", "web-2"]})
    'web-1 and web-2 passed the health check: the load balancer sends requests there.'
    """
    sentence = words[key]
    for name, value in gaps.items():
        text = value if isinstance(value, str) else listed(words, value)
        sentence = sentence.replace("{" + name + "}", text)
    return sentence


def listed(words: Words, names: list[str]) -> str:
    """The names as people list them; of many, the first few.

    >>> listed(ENGLISH, ["web-1", "web-2", "web-3"])
    'web-1, web-2 and web-3'
    >>> listed(ENGLISH, [f"web-{number}" for number in range(1, 26)])
    'web-1, web-2, web-3 and 22 more'
    """
    if len(names) > MOST_NAMES:
        more = words["more"].replace("{count}", str(len(names) - NAMES_OF_MORE))
        return f"{', '.join(names[:NAMES_OF_MORE])} {words['and']} {more}"
    if len(names) < 2:  # noqa: PLR2004
        return "".join(names)
    return f"{', '.join(names[:-1])} {words['and']} {names[-1]}"
