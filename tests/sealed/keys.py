"""The environment of somebody who works with AWS: keys in it, and a home with more of them."""

import os
import sys
from pathlib import Path

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
"""The ones that AWS's documentation shows."""

CREDENTIALS = "".join(
    f"[{profile}]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
    for profile in ("default", "work", "by-endpoint")
)
CONFIG = """[default]
region = us-west-2
[profile by-endpoint]
endpoint_url = https://example.com
[profile work]
region = eu-west-1
[profile by-process]
region = eu-west-1
credential_process = {python} {helper}
"""
HELPER = """import json
print(json.dumps({"Version": 1, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x" * 40}))
"""


def with_real_looking_keys(home: Path) -> dict[str, str]:
    """Environment variables for a process whose home is ``home``, which gets its ``.aws``."""
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(CREDENTIALS)
    (home / ".aws" / "config").write_text(CONFIG.format(python=sys.executable, helper=home / "helper.py"))
    (home / "helper.py").write_text(HELPER)
    others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    keys = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": "real"}
    return {**others, **keys, "HOME": str(home), "USERPROFILE": str(home)}
