"""Command line: ``python -m tests.conformance.agent [--verbose] [--kind KIND] FILE.jsonl …``."""

import argparse
import sys
from pathlib import Path

from tests.conformance.agent.cases import check, read_cases


def show(text: str) -> None:
    """Writes a line to standard output."""
    sys.stdout.write(f"{text}\n")


def main() -> int:
    """Runs the files' cases; 0 if all of them pass."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.agent")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--verbose", action="store_true", help="name the failing cases, with what differs")
    parser.add_argument("--kind", choices=("appspec", "install", "hook", "order"), help="only cases of this kind")
    arguments = parser.parse_args()
    cases = [case for file in arguments.files for case in read_cases(file) if arguments.kind in (None, case.kind)]
    failed = 0
    for case in cases:
        differences = check(case)
        failed += bool(differences)
        if differences and arguments.verbose:
            show("\n    ".join([case.id, *differences]))
    show(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
