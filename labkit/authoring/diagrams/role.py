"""``role.svg``: how a program on an instance gets permissions, with copied keys and with a role.

Who is trusted is read from ``resources/policies/trust-ec2.json``. IAM User Guide, "Using an IAM role to grant
permissions to applications running on Amazon EC2 instances".
"""

import json
from pathlib import Path

from labkit.authoring.diagrams.canvas import Canvas

TRUST = Path(__file__).parents[3] / "resources" / "policies" / "trust-ec2.json"
INSTANCES = 3
DESCRIPTION = (
    "Two ways side by side. On the left, a user's access key is copied onto each of three instances: a key that "
    "never expires, three copies to change when one leaks. On the right, the same permission stands in a policy of "
    "a role. The role's trust policy lets {service} become it. An instance profile carries the role to the three "
    "instances, and each gets temporary credentials from the metadata address 169.254.169.254, renewed before they "
    "expire. Changing the policy once changes all three."
)


def trusted_service() -> str:
    """The service that the instances' role trusts."""
    service: str = json.loads(TRUST.read_text(encoding="utf-8"))["Statement"][0]["Principal"]["Service"]
    return service


def role() -> str:
    """The diagram."""
    service = trusted_service()
    canvas = Canvas(940, 500, "A key on every instance, or a role for all of them", DESCRIPTION.format(service=service))
    _with_keys(canvas)
    canvas.arrow([(376, 246), (420, 246)])
    _with_role(canvas, service)
    return canvas.svg()


def _with_keys(canvas: Canvas) -> None:
    canvas.text(28, 40, "A key on every instance", "head")
    canvas.named((28, 64, 330, 62), "User hello-web-program", ["policy: may read the bundles"], "who")
    canvas.named((88, 164, 210, 62), "Access key", ["never expires by itself"], "bad")
    canvas.arrow([(193, 126), (193, 164)])
    for place in range(INSTANCES):
        x = 28 + place * 114
        canvas.arrow([(193, 226), (193, 252), (x + 51, 252), (x + 51, 290)])
        canvas.box(x, 290, 102, 92)
        canvas.text(x + 51, 314, "Instance", "name", "middle")
        canvas.box(x + 12, 328, 78, 40, "bad")
        canvas.text(x + 51, 353, "the key", "soft", "middle")
    canvas.lines(
        28, 420, ["Each copy can leak, and each must be changed", "when it does. Nobody sees who used it."], "soft"
    )


def _with_role(canvas: Canvas, service: str) -> None:
    canvas.text(440, 40, "A role for all of them", "head")
    canvas.named((440, 64, 218, 62), "Trust policy", [], "policy")
    canvas.text(454, 110, service, "code")
    canvas.named((700, 64, 212, 62), "Policy", ["may read the bundles"], "policy")
    canvas.named((440, 164, 472, 46), "Role hello-web-instance", [], "role")
    canvas.text(898, 192, "has no keys", "soft", "end")
    canvas.arrow([(549, 126), (549, 164)])
    canvas.text(557, 149, "who may become it", "soft")
    canvas.arrow([(806, 126), (806, 164)])
    canvas.text(814, 149, "what it may", "soft")
    canvas.named((440, 232, 472, 40), "Instance profile", [], "role")
    canvas.text(898, 257, "contains the role", "soft", "end")
    for place in range(INSTANCES):
        x = 440 + place * 162
        canvas.arrow([(x + 74, 272), (x + 74, 296)])
        canvas.box(x, 296, 148, 92)
        canvas.text(x + 74, 320, "Instance", "name", "middle")
        canvas.box(x + 12, 332, 124, 42, "good")
        canvas.text(x + 74, 350, "temporary", "soft", "middle")
        canvas.text(x + 74, 366, "credentials", "soft", "middle")
    canvas.lines(
        *(440, 420),
        [
            "Each instance asks http://169.254.169.254 and gets",
            "credentials that expire and are renewed by themselves.",
        ],
        "soft",
    )
