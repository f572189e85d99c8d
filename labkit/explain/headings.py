"""The headings of an explanation: of its parts, and of what else is wrong."""

from collections.abc import Mapping

from labkit.explain.sentence import Sentence, said

LANGUAGE = said("en")
"""The tag of the language that the explanation is in, for HTML's ``lang``: a translation is the tag of its own."""
AWS_SAYS = said("AWS says")
CHAIN = said("From what one sees to the cause")
FIX = said("Fix")
QUESTION = said("To be sure, ask")
ALSO_WRONG = said("Also wrong")

CAUSES: Mapping[str, Sentence] = {
    "agent-crashed-mid-event": said("Agent crashed mid event"),
    "agent-not-installed": said("Agent not installed"),
    "agent-stopped": said("Agent stopped"),
    "alarm-active": said("Alarm active"),
    "availability-zone-lost": said("Availability zone lost"),
    "bad-appspec": said("Bad appspec"),
    "broken-version": said("Broken version"),
    "bundle-corrupt": said("Bundle corrupt"),
    "bundle-missing": said("Bundle missing"),
    "bundle-not-usable": said("Bundle not usable"),
    "bundle-wrong-etag": said("Bundle wrong etag"),
    "deployment-waiting": said("Deployment waiting"),
    "event-message": said("Event message"),
    "event-under-way": said("Event under way"),
    "file-already-at-destination": said("File already at destination"),
    "half-broken-version": said("Half broken version"),
    "health-check-wrong-matcher": said("Health check wrong matcher"),
    "health-check-wrong-path": said("Health check wrong path"),
    "health-check-wrong-port": said("Health check wrong port"),
    "health-check-wrong-timeouts": said("Health check wrong timeouts"),
    "install-failed": said("Install failed"),
    "instance-impaired": said("Instance impaired"),
    "instance-replaced": said("Instance replaced"),
    "instance-replaced-mid-deployment": said("Instance replaced mid deployment"),
    "instance-stopped": said("Instance stopped"),
    "instance-terminated": said("Instance terminated"),
    "listener-fixed-response": said("Listener fixed response"),
    "minimum-healthy-hosts-too-high": said("Minimum healthy hosts too high"),
    "no-appspec": said("No appspec"),
    "no-instance-profile": said("No instance profile"),
    "no-instances": said("No instances"),
    "no-listener": said("No listener"),
    "no-targets": said("No targets"),
    "nothing-deployed-yet": said("Nothing deployed yet"),
    "page-not-in-revision": said("Page not in revision"),
    "port-not-served": said("Port not served"),
    "profile-attached-late": said("Profile attached late"),
    "s3-read-denied": said("S3 read denied"),
    "scale-in": said("Scale in"),
    "scale-in-during-deployment": said("Scale in during deployment"),
    "scale-out-during-deployment": said("Scale out during deployment"),
    "script-changed-on-instance": said("Script changed on instance"),
    "script-failing": said("Script failing"),
    "script-hanging": said("Script hanging"),
    "script-leaves-background-process": said("Script leaves background process"),
    "script-missing": said("Script missing"),
    "script-not-executable": said("Script not executable"),
    "private-address": said("Private address"),
    "security-group-closed": said("Security group closed"),
    "service-role-missing": said("Service role missing"),
    "service-role-missing-permission": said("Service role missing permission"),
    "slow-version": said("Slow version"),
    "source-missing": said("Source missing"),
    "stopped-by-user": said("Stopped by user"),
    "target-draining": said("Target draining"),
    "target-group-missing": said("Target group missing"),
    "target-group-on-no-listener": said("Target group on no listener"),
    "target-initial": said("Target initial"),
    "target-mended-since": said("Target mended since"),
    "target-not-registered": said("Target not registered"),
    "target-unhealthy": said("Target unhealthy"),
    "target-zone-not-enabled": said("Target zone not enabled"),
    "waits-to-continue": said("Waits to continue"),
    "web-server-not-installed": said("Web server not installed"),
    "web-server-not-started": said("Web server not started"),
    "wrong-document-root": said("Wrong document root"),
}
"""The name of each root cause, by its id."""
