"""Recorded solutions: what a student would type once the cause is found; and some that look right and are not."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import boto3
import yaml

from tests.lessons.drills.student import Student

Solution = Callable[[Student], None]

INSTANCE_ROLE, SERVICE_ROLE = "hello-web-instance", "hello-web-codedeploy"
AWS = "arn:aws:iam::aws:policy/"
ADMINISTRATOR = f"{AWS}AdministratorAccess"
CODEDEPLOY = f"{AWS}service-role/AWSCodeDeployRole"
AGENT = "systemctl {} codedeploy-agent"


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def start_agents(student: Student) -> None:
    for instance_id in student.troubled():
        student.run(instance_id, AGENT.format("restart"))
    student.lab.advance(seconds=10)
    student.finish(student.last_deployment)
    student.deploy_again()


def replace_and_deploy(student: Student) -> None:
    student.replace(student.troubled())
    student.deploy_again()


def replace_unhealthy(student: Student) -> None:
    student.replace(student.unhealthy())


def attach_profile(student: Student) -> None:
    ec2 = boto3.client("ec2")
    found = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    with_profile = {one["InstanceId"] for one in found}
    for instance_id in set(student.instances) - with_profile:
        ec2.associate_iam_instance_profile(IamInstanceProfile={"Name": INSTANCE_ROLE}, InstanceId=instance_id)
        student.run(instance_id, AGENT.format("restart"))
    student.deploy_again()


def restore_and_deploy(student: Student) -> None:
    student.stop()
    student.restore()
    student.deploy()


def upload_and_deploy(student: Student) -> None:
    student.upload()
    student.deploy_again()


def upload_and_deploy_without_etag(student: Student) -> None:
    student.upload()
    location = student.info(student.last_deployment)["revision"]["s3Location"]
    named = {key: location[key] for key in ("bucket", "key", "bundleType")}
    created = boto3.client("codedeploy").create_deployment(
        applicationName="hello-web",
        deploymentGroupName="hello-web-group",
        revision={"revisionType": "S3", "s3Location": named},
    )
    student.finish(created["deploymentId"])
    student.lab.advance(seconds=30)


def allow_bucket(student: Student) -> None:
    resource = "arn:aws:s3:::hello-web-releases/*"
    boto3.client("iam").put_role_policy(
        RoleName=INSTANCE_ROLE, PolicyName="read-releases", PolicyDocument=allow("s3:GetObject", resource)
    )
    student.deploy_again()


def allow_bucket_and_start_agent(student: Student) -> None:
    for instance_id in student.instances:
        student.run(instance_id, AGENT.format("start"))
    allow_bucket(student)


def start_server(student: Student) -> None:
    for instance_id in student.unhealthy():
        student.run(instance_id, "systemctl start nginx")
    student.lab.advance(seconds=60)


def path_and_wait(student: Student) -> None:
    student.health_check(HealthCheckPath="/")
    student.finish(student.last_deployment)
    student.deploy_again()


def port_and_wait(student: Student) -> None:
    student.health_check(HealthCheckPort="traffic-port")
    student.deploy_again()


def matcher(student: Student) -> None:
    student.health_check(Matcher={"HttpCode": "200"})


def forward_again(student: Student) -> None:
    elbv2 = boto3.client("elbv2")
    balancer = elbv2.describe_load_balancers(Names=["hello-web-alb"])["LoadBalancers"][0]["LoadBalancerArn"]
    listener = elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]
    forward = {"Type": "forward", "TargetGroupArn": student.target_group["TargetGroupArn"]}
    elbv2.modify_listener(ListenerArn=listener, DefaultActions=[forward])
    student.lab.advance(seconds=60)


def overwrite(student: Student) -> None:
    student.deploy_again(fileExistsBehavior="OVERWRITE")


def service_role_again(student: Student) -> None:
    iam = boto3.client("iam")
    for name in iam.list_role_policies(RoleName=SERVICE_ROLE)["PolicyNames"]:
        iam.delete_role_policy(RoleName=SERVICE_ROLE, PolicyName=name)
    iam.attach_role_policy(RoleName=SERVICE_ROLE, PolicyArn=CODEDEPLOY)
    student.deploy_again()


def trust_codedeploy(student: Student) -> None:
    boto3.client("iam").update_assume_role_policy(
        RoleName=SERVICE_ROLE, PolicyDocument=trust("codedeploy.amazonaws.com")
    )
    student.deploy_again()


def trust_and_service_role(student: Student) -> None:
    trust_codedeploy(student)
    service_role_again(student)


def lift_quarantine(student: Student) -> None:
    boto3.client("iam").delete_role_policy(RoleName=INSTANCE_ROLE, PolicyName="quarantine")
    student.deploy_again()


def open_instances(student: Student) -> None:
    ec2 = boto3.client("ec2")
    default = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])
    for instance_id in student.unhealthy():
        ec2.modify_instance_attribute(InstanceId=instance_id, Groups=[default["SecurityGroups"][0]["GroupId"]])
    student.lab.advance(seconds=60)


def open_instances_and_start_server(student: Student) -> None:
    open_instances(student)
    start_server(student)


def open_balancer(student: Student) -> None:
    ec2, elbv2 = boto3.client("ec2"), boto3.client("elbv2")
    default = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])
    balancer = elbv2.describe_load_balancers(Names=["hello-web-alb"])["LoadBalancers"][0]["LoadBalancerArn"]
    elbv2.set_security_groups(LoadBalancerArn=balancer, SecurityGroups=[default["SecurityGroups"][0]["GroupId"]])


def root_again(student: Student) -> None:
    for instance_id in student.unhealthy():
        student.run(instance_id, "sed -i 's#/srv/www#/var/www#' /etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf")
        student.run(instance_id, "systemctl reload nginx")
    student.lab.advance(seconds=60)


def soften_scripts(student: Student) -> None:
    for instance_id in student.troubled():
        student.run(instance_id, "chattr -R -i /opt/codedeploy-agent/deployment-root")
    student.deploy_again()


def ignore_application_stop(student: Student) -> None:
    student.deploy_again(ignoreApplicationStopFailures=True)


def former_commit(student: Student) -> None:
    repository = student.repository
    good = next(
        one for one in repository.log()[2:] if "conf/hello-web-version.conf" not in repository.files(one.commit_id)
    )
    student.deploy(good.commit_id)


def former_commit_and_matcher(student: Student) -> None:
    matcher(student)
    former_commit(student)


def former_commit_and_patience(student: Student) -> None:
    student.health_check(HealthCheckTimeoutSeconds=5, HealthCheckIntervalSeconds=10)
    former_commit(student)


def path_and_appspec(student: Student) -> None:
    student.health_check(HealthCheckPath="/")
    restore_and_deploy(student)


def wait_and_deploy(student: Student) -> None:
    student.lab.advance(seconds=1200)
    student.deploy_again()


def as_many_as_before(student: Student) -> None:
    boto3.client("autoscaling").set_desired_capacity(AutoScalingGroupName="hello-web-asg", DesiredCapacity=4)
    wait_and_deploy(student)


def replace_both(student: Student) -> None:
    student.stop()
    machines = [
        one
        for one in student.instances
        if "active (running)" not in student.run(one, "systemctl status codedeploy-agent")
        or student.run(one, "lsattr -R /opt/codedeploy-agent/deployment-root | grep -e 'i---'")
    ]
    student.replace(machines)
    student.deploy_again()


SOLUTIONS: Mapping[str, Solution] = {
    "silent-agent": start_agents,
    "image-without-agent": replace_and_deploy,
    "no-credentials": attach_profile,
    "tidied-appspec": restore_and_deploy,
    "new-appspec-template": restore_and_deploy,
    "removed-script": restore_and_deploy,
    "failing-script": restore_and_deploy,
    "deleted-bundle": upload_and_deploy,
    "unreadable-bundle": allow_bucket,
    "stopped-server": start_server,
    "health-path": path_and_wait,
    "not-here": forward_again,
    "file-by-hand": overwrite,
    "late-profile": start_agents,
    "service-role-gap": service_role_again,
    "trust": trust_codedeploy,
    "explicit-deny": lift_quarantine,
    "health-port": port_and_wait,
    "health-matcher": matcher,
    "closed-instance": open_instances,
    "closed-balancer": open_balancer,
    "wrong-folder": restore_and_deploy,
    "moved-root": root_again,
    "never-started": restore_and_deploy,
    "endless-script": restore_and_deploy,
    "background-child": restore_and_deploy,
    "hardened-scripts": soften_scripts,
    "edited-scripts": ignore_application_stop,
    "cut-bundle": upload_and_deploy,
    "other-bundle": upload_and_deploy_without_etag,
    "killed-agent": start_agents,
    "slow-pages": former_commit,
    "some-errors": former_commit,
    "replaced": wait_and_deploy,
    "shrunk": as_many_as_before,
    "agent-and-bucket": allow_bucket_and_start_agent,
    "appspec-and-health": path_and_appspec,
    "closed-and-stopped": open_instances_and_start_server,
    "trust-and-gap": trust_and_service_role,
    "impatient-check": former_commit_and_patience,
    "two-machines": replace_both,
    "errors-behind-open-door": former_commit_and_matcher,
    "dark-zone": wait_and_deploy,
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something plausible that is no solution: what check() then says it found, and how it is taken back."""

    incident: str
    name: str
    do: Solution
    found: str
    take_back: Solution = lambda _student: None


def everything_for(role: str) -> Solution:
    def do(student: Student) -> None:
        boto3.client("iam").attach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR)
        student.deploy_again()

    return do


def nothing_for(role: str) -> Solution:
    return lambda _student: boto3.client("iam").detach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR)


def all_of_s3(student: Student) -> None:
    boto3.client("iam").put_role_policy(
        RoleName=INSTANCE_ROLE, PolicyName="read-releases", PolicyDocument=allow("s3:*", "*")
    )
    student.deploy_again()


def trust_ec2_too(student: Student) -> None:
    both = trust("codedeploy.amazonaws.com").replace(
        '"codedeploy.amazonaws.com"', '["codedeploy.amazonaws.com", "ec2.amazonaws.com"]'
    )
    boto3.client("iam").update_assume_role_policy(RoleName=SERVICE_ROLE, PolicyDocument=both)
    student.deploy_again()


def trust_everybody(student: Student) -> None:
    document = trust("codedeploy.amazonaws.com").replace('{"Service": "codedeploy.amazonaws.com"}', '"*"')
    statement = json.loads(document)["Statement"][0]
    codedeploy = {**statement, "Principal": {"Service": "codedeploy.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement, codedeploy]})
    boto3.client("iam").update_assume_role_policy(RoleName=SERVICE_ROLE, PolicyDocument=document)
    student.deploy_again()


def accept_404(student: Student) -> None:
    student.health_check(Matcher={"HttpCode": "200-404"})
    student.deploy_again()


def only_the_destination(student: Student) -> None:
    appspec = yaml.safe_load(student.repository.files()["appspec.yml"])
    appspec["files"][0]["destination"] = "/var/www"
    student.repository.commit({"appspec.yml": yaml.safe_dump(appspec)}, message="Files go to /var/www again")
    student.deploy()


def from_github_instead(student: Student) -> None:
    student.deploy()


def open_everything(student: Student) -> None:
    ec2 = boto3.client("ec2")
    closed = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["no-inbound-rules"]}])
    ec2.authorize_security_group_ingress(
        GroupId=closed["SecurityGroups"][0]["GroupId"],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    student.lab.advance(seconds=60)


def close_everything(student: Student) -> None:
    ec2 = boto3.client("ec2")
    closed = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["no-inbound-rules"]}])
    ec2.revoke_security_group_ingress(
        GroupId=closed["SecurityGroups"][0]["GroupId"],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    student.lab.advance(seconds=60)


def do_without_it(student: Student) -> None:
    autoscaling = boto3.client("autoscaling")
    for instance_id in student.unhealthy():
        autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=instance_id, ShouldDecrementDesiredCapacity=True
        )
    student.lab.advance(seconds=300)


def four_again(student: Student) -> None:
    boto3.client("autoscaling").set_desired_capacity(AutoScalingGroupName="hello-web-asg", DesiredCapacity=4)
    student.lab.advance(seconds=600)


def restart_servers(student: Student) -> None:
    for instance_id in student.instances:
        student.run(instance_id, "systemctl restart nginx")
    student.lab.advance(seconds=60)


def more_patience_only(student: Student) -> None:
    student.health_check(HealthCheckTimeoutSeconds=5, HealthCheckIntervalSeconds=10)
    student.deploy_again()


def page_by_hand(student: Student) -> None:
    page = student.repository.files()["index.html"].decode()
    for instance_id in student.instances:
        student.run(instance_id, f"cat > /var/www/index.html <<'EOF'\n{page}EOF")
    student.lab.advance(seconds=60)


WRONG = (
    Wrong("unreadable-bundle", "another way round the bucket", from_github_instead, "lacks-permission"),
    Wrong(
        "unreadable-bundle",
        "AdministratorAccess for every machine",
        everything_for(INSTANCE_ROLE),
        "too-much",
        nothing_for(INSTANCE_ROLE),
    ),
    Wrong("unreadable-bundle", "all of S3 instead of reading one bucket", all_of_s3, "too-much"),
    Wrong(
        "service-role-gap",
        "AdministratorAccess for CodeDeploy",
        everything_for(SERVICE_ROLE),
        "too-much",
        nothing_for(SERVICE_ROLE),
    ),
    Wrong(
        "explicit-deny",
        "an allow against an explicit deny",
        everything_for(INSTANCE_ROLE),
        "unhealthy",
        nothing_for(INSTANCE_ROLE),
    ),
    Wrong("trust", "the page by hand", page_by_hand, "by-hand"),
    Wrong("trust", "CodeDeploy, and EC2 still", trust_ec2_too, "too-trusting"),
    Wrong("trust", "everybody", trust_everybody, "too-trusting"),
    Wrong("health-path", "404 counts as healthy", accept_404, "check-accepts-errors", matcher),
    Wrong("wrong-folder", "mended, and nothing validates it", only_the_destination, "hook-missing"),
    Wrong("closed-instance", "open to everybody, all ports", open_everything, "too-open", close_everything),
    Wrong("stopped-server", "one machine fewer", do_without_it, "fewer-machines", four_again),
    Wrong("some-errors", "restart everything", restart_servers, "visitors-get-errors"),
    Wrong("impatient-check", "a longer timeout alone", more_patience_only, "slow"),
)
