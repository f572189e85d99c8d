"""User data: cloud-init runs a script once, as root, when the machine boots for the first time.

Follows "Run commands when you launch an EC2 instance with user data input" of the EC2 user guide: only text that begins
with ``#!`` is a script; its output goes to /var/log/cloud-init-output.log.
"""

from labkit.world.execution import Execution
from labkit.world.files import FileSystem

SCRIPT = "/var/lib/cloud/instance/scripts/part-001"
OUTPUT_LOG = "/var/log/cloud-init-output.log"
FAILED = "cc_scripts_user.py[WARNING]: Failed to run module scripts-user (scripts in /var/lib/cloud/instance/scripts)\n"
NOT_A_SCRIPT = "__init__.py[WARNING]: Unhandled non-multipart (text/x-not-multipart) userdata: 'b'{}'...'\n"


def prepare(files: FileSystem, instance_id: str, user_data: str) -> str | None:
    """Lays the script out and gives its path; None if there is nothing to run, or it has run on this instance."""
    done = f"/var/lib/cloud/instances/{instance_id}/sem/config_scripts_user"
    if not user_data.strip() or files.exists(done):
        return None
    files.mkdir(done.rpartition("/")[0], parents=True)
    files.write(done, "")
    text = user_data.replace("\r\n", "\n") if user_data.startswith("#!") else user_data
    if not text.startswith("#!"):
        _log(files, NOT_A_SCRIPT.format(text[:40].replace("\n", "\\n")))
        return None
    files.mkdir(SCRIPT.rpartition("/")[0], parents=True)
    files.write(SCRIPT, text, mode=0o700)
    return SCRIPT


def finish(files: FileSystem, execution: Execution) -> None:
    """Writes down what the script said, and that it failed if it did."""
    text = "".join(chunk.text for chunk in execution.chunks)
    if execution.exit_code != 0:
        text += FAILED
    _log(files, text)


def _log(files: FileSystem, text: str) -> None:
    old = files.read(OUTPUT_LOG) if files.is_file(OUTPUT_LOG) else b""
    files.mkdir(OUTPUT_LOG.rpartition("/")[0], parents=True)
    files.write(OUTPUT_LOG, old + text.encode())
