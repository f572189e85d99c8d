"""Measurements in processes of their own, so that no one profits from what another has loaded."""

import subprocess
import sys


def figure(module: str, *arguments: str) -> float:
    """Runs ``python -m module arguments`` and reads the number on its last line."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, capture_output=True, text=True, timeout=1800
    )
    return float(done.stdout.split()[-1])
