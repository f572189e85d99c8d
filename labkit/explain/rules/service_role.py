"""Why CodeDeploy itself was refused something: its service role is missing or lacks a permission.

CodeDeploy user guide, "Error codes for CodeDeploy" (IAM_ROLE_MISSING, IAM_ROLE_PERMISSIONS) and "Step 2: Create a
service role for CodeDeploy".
"""

import re

from labkit.explain.access import reason
from labkit.explain.access_fix import fix
from labkit.explain.chain import Evidence, Link
from labkit.explain.evidence import call
from labkit.explain.facts import DeploymentFacts
from labkit.explain.finding import Finding, root
from labkit.explain.principal import read_principal
from labkit.explain.sentence import in_turn, said

SERVICE = re.compile(r"following AWS service: (\w+)")
MANAGED = "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRole"


def why_refused(deployment: DeploymentFacts, message: str) -> Finding | None:
    """``service-role-missing-permission``, if that is what the message says."""
    service = SERVICE.search(message)
    if service is None:
        return None
    name = read_principal(deployment.service_role).name
    says = said(
        "The service role {name}, with which CodeDeploy acts for you, may not do what it needs in {service}.",
        name=name,
        service=service[1],
    )
    if deployment.denial is not None:
        gap, (sentence, command) = reason(deployment.denial), fix(deployment.denial, "identity")
        action = deployment.denial.request.action
        link = Link(
            "service-role-missing-permission",
            in_turn(in_turn(says, said("It asked for {action}.", action=action)), gap.says),
            gap.evidence,
        )
        return root(link, sentence, command)
    evidence = (
        Evidence(
            "GetDeploymentGroup → serviceRoleArn",
            name,
            call(
                "codedeploy",
                "get_deployment_group",
                f'applicationName="{deployment.application}", deploymentGroupName="{deployment.group_name}"',
                '["deploymentGroupInfo"]["serviceRoleArn"]',
            ),
        ),
        Evidence(
            "ListAttachedRolePolicies",
            "",
            call("iam", "list_attached_role_policies", f'RoleName="{name}"', '["AttachedPolicies"]'),
        ),
        Evidence("ListRolePolicies", "", call("iam", "list_role_policies", f'RoleName="{name}"', '["PolicyNames"]')),
    )
    sentence = said(
        "Attach the managed policy AWSCodeDeployRole to the role {name} (and look what denies), then deploy again.",
        name=name,
    )
    command = call("iam", "attach_role_policy", f'RoleName="{name}", PolicyArn="{MANAGED}"')
    return root(Link("service-role-missing-permission", says, evidence), sentence, command)


def missing(deployment: DeploymentFacts) -> Finding | None:
    """``service-role-missing``: no role of that name that CodeDeploy may assume."""
    if deployment.error_code != "IAM_ROLE_MISSING":
        return None
    name = read_principal(deployment.service_role).name
    says = said("There is no role {name}, or its trust policy does not name codedeploy.amazonaws.com.", name=name)
    command = call("iam", "get_role", f'RoleName="{name}"')
    fix_it = said(
        "Create the role again, with a trust policy that lets codedeploy.amazonaws.com assume it, and deploy again."
    )
    return root(Link("service-role-missing", says, (Evidence("GetRole", "", command),)), fix_it)
