"""1,000 machines from one image with 5 MB of files, beside one such machine: resident memory of the process."""

import sys

from tests.benchmarks.processes import figure

MACHINES = 1000
MEGABYTE = 1_000_000


def report() -> None:
    one, many = figure(__name__, "1"), figure(__name__, str(MACHINES))
    print(
        f"one machine {one:.0f} MB, {MACHINES} machines {many:.0f} MB: {many - one:.0f} MB more; wanted: under 300 MB"
    )


def resident_mb(machines: int) -> float:
    """Peak resident memory after booting ``machines`` (moto's records of them included)."""
    import resource

    import boto3

    import labkit

    with labkit.start(stage="image") as lab:
        ec2 = boto3.client("ec2")
        template = {"LaunchTemplateName": "hello-web"}
        first = ec2.run_instances(LaunchTemplate=template, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        ec2.get_waiter("instance_running").wait(InstanceIds=[first])
        made = lab.machine(first).run(
            "mkdir /srv/data; "
            "for i in $(seq 50); do head -c 100000 /dev/zero | tr '\\0' $((i % 10)) > /srv/data/$i; done"
        )
        assert made.exit_code == 0, made
        image_id = ec2.create_image(InstanceId=first, Name="five-megabytes")["ImageId"]
        ec2.get_waiter("image_available").wait(ImageIds=[image_id])
        ids = [
            instance["InstanceId"]
            for instance in ec2.run_instances(
                LaunchTemplate=template, ImageId=image_id, MinCount=machines, MaxCount=machines
            )["Instances"]
        ]
        lab.advance(seconds=300)
        assert lab.machine(ids[-1]).run("cat /srv/data/* | wc -c").stdout.strip() == str(5 * MEGABYTE)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE


if __name__ == "__main__":
    print(resident_mb(int(sys.argv[1])))
