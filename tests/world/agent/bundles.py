"""Bundles and specifications for tests."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from typing import Any

from labkit.rules.revision import S3Revision
from labkit.world.agent.specification import DeploymentSpecification

APPSPEC = "version: 0.0\nos: linux\n"
SITE = APPSPEC + "files:\n  - source: /site\n    destination: /srv/site\n"
REVISION = S3Revision("lab-bucket", "site.tar", "tar")


def specification(deployment_id: str = "d-1", **changes: Any) -> DeploymentSpecification:
    values: dict[str, Any] = {
        "deployment_id": deployment_id,
        "deployment_group_id": "group-1",
        "deployment_group_name": "hello-web-group",
        "application_name": "hello-web",
        "revision": REVISION,
    }
    return DeploymentSpecification(**(values | changes))


def tar(files: Mapping[str, str | bytes], mode: str = "w") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)
    return packed.getvalue()
