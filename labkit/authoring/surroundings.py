"""What surrounds a kernel while a notebook is derived, and while nbval runs it again.

The two differ on purpose in what outputs must not depend on: order of hashing, time zone, width of the terminal. An
output that depends on one of them differs between the two runs, and nbval reports it.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_SAME = {
    "LC_ALL": "C.UTF-8",
    "PYTHONUTF8": "1",
    "LABKIT_LANGUAGE": "en",
    "LABKIT_PROGRESS": "",  # nobody learns here
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # the debugger's warning about frozen modules is none of the lesson's
}
DERIVING: Mapping[str, str] = {**_SAME, "PYTHONHASHSEED": "1", "TZ": "UTC0", "COLUMNS": "80"}
"""Environment variables of the kernel that makes the outputs."""

REPEATING: Mapping[str, str] = {**_SAME, "PYTHONHASHSEED": "2", "TZ": "KST-9", "COLUMNS": "140"}
"""Environment variables of the kernels that nbval compares with them. (``KST-9`` is Seoul, also on Windows.)"""


@contextmanager
def without_personal_settings() -> Iterator[Mapping[str, str]]:
    """Variables that keep the author's own IPython profile, start-up files and command history out of a kernel."""
    with tempfile.TemporaryDirectory(prefix="labkit-ipython-", ignore_cleanup_errors=True) as folder:
        yield {"IPYTHONDIR": folder}
