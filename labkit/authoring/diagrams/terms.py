"""``iam.svg``: the words of IAM and how they hang together.

IAM User Guide, "IAM identities", "Policies and permissions" and "Use instance profiles".
"""

from labkit.authoring.diagrams.canvas import Canvas, Translate

DESCRIPTION = (
    "From left to right. A permission, such as s3:GetObject on one bucket, is written as a statement of a policy. "
    "A policy is attached to a user, to a group or to a role; only so does a permission reach anybody. A user belongs "
    "to groups and has the group's permissions too. A user is a person or a program with a password or access keys. A "
    "role has no keys of its own: whoever its trust policy names may become it for a while. An instance profile holds "
    "exactly one role and gives it to the EC2 instances that are started with it."
)


def terms(translate: Translate = str) -> str:
    """The diagram."""
    canvas = Canvas(940, 488, "How IAM's words hang together", DESCRIPTION, translate)
    canvas.text(28, 40, "A permission reaches somebody only through a policy", "head")
    canvas.named((28, 190, 174, 112), "Permission", ["one action", "on one resource:"], "plain")
    canvas.text(42, 272, "s3:GetObject", "code")
    canvas.text(42, 289, "on my-bucket/*", "code")
    canvas.named((288, 190, 190, 112), "Policy", ["a JSON document:", "statements that allow", "or deny"], "policy")
    canvas.arrow([(202, 246), (288, 246)])
    canvas.text(245, 238, "written in", "soft", "middle")
    canvas.named((590, 76, 322, 62), "Group", ["a set of users with the same work"], "who")
    canvas.named(
        (590, 178, 322, 84), "User", ["a person or a program;", "signs in with a password or access keys"], "who"
    )
    canvas.named((590, 306, 322, 62), "Role", ["no keys: whom it trusts may become it"], "role")
    canvas.arrow([(478, 212), (530, 212), (530, 107), (590, 107)])
    canvas.arrow([(478, 246), (560, 246), (560, 226), (590, 226)])
    canvas.arrow([(478, 280), (530, 280), (530, 337), (590, 337)])
    canvas.text(538, 166, "attached to", "soft")
    canvas.arrow([(750, 178), (750, 138)])
    canvas.text(758, 165, "belongs to", "soft")
    canvas.named((288, 402, 190, 62), "EC2 instance", ["your program's home"], "plain")
    canvas.named((590, 402, 322, 62), "Instance profile", ["holds exactly one role"], "role")
    canvas.arrow([(750, 402), (750, 368)])
    canvas.text(758, 390, "contains", "soft")
    canvas.arrow([(478, 433), (590, 433)])
    canvas.text(534, 425, "started with", "soft", "middle")
    return canvas.svg()
