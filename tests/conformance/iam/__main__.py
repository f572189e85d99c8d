"""Command line: ``python -m tests.conformance.iam [--verbose] [--topic TOPIC] FILE.jsonl …``."""

import argparse
import sys
from pathlib import Path

from tests.conformance.iam.cases import check, read_cases


def show(text: str) -> None:
    """Writes a line to standard output."""
    sys.stdout.write(f"{text}\n")


def main() -> int:
    """Runs the files' cases; 0 if all of them pass."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.iam")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--verbose", action="store_true", help="name the failing cases, with what differs")
    parser.add_argument("--topic", help="only cases of this topic")
    arguments = parser.parse_args()
    cases = [case for file in arguments.files for case in read_cases(file) if arguments.topic in (None, case.topic)]
    failed = explained = statements = 0
    for case in cases:
        outcome = check(case)
        failed += bool(outcome.differences)
        explained += outcome.explained
        statements += outcome.statements
        agrees = outcome.explained == outcome.statements
        if arguments.verbose and (outcome.differences or not agrees):
            words = outcome.differences or (f"explained {outcome.explained} of {outcome.statements} statements",)
            show("\n    ".join([f"{case.id} ({case.title})", *words]))
    show(f"explanations: {explained} of {statements} statements agree")
    show(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
