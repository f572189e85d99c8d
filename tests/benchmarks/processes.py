"""Measurements in processes of their own, so that no one profits from what another has loaded."""

import subprocess
import sys


def figure(module: str, *arguments: str) -> float:
    """Runs ``python -m module arguments`` and reads the number on its last line."""
    return figures(module, *arguments)[-1]


def figures(module: str, *arguments: str) -> list[float]:
    """Runs ``python -m module arguments`` and reads the numbers on its last line."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, capture_output=True, text=True, timeout=1800
    )
    return [float(number) for number in done.stdout.splitlines()[-1].split()]
