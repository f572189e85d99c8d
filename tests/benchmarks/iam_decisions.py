"""IAM decisions with all their reasons, beside moto's evaluator, on the identity-policy cases of the conformance file.

Both get documents as text for every decision, as they lie in IAM's store: moto parses them, labkit remembers them.
"""

import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from moto.iam.access_control import IAMPolicy, PermissionResult

from labkit.rules.iam.decision import decide
from labkit.rules.iam.policy import MalformedPolicyError
from labkit.rules.iam.reading import read_policy
from labkit.rules.iam.request import NamedPolicy, Policies, Request
from tests.conformance.iam.cases import Case, policies_of, read_cases, request_of

OPEN = Path(__file__).parents[1] / "conformance" / "iam" / "open.jsonl"
ROUNDS = 7
Question = tuple[Request, list[tuple[str, str]]]
"""A request and the name and text of each identity policy."""


def report() -> None:
    asked = questions()
    in_the_lab(asked)
    pairs = [(seconds(in_the_lab, asked), seconds(on_moto, asked)) for _ in range(ROUNDS)]
    lab, moto = (statistics.median(times) / len(asked) * 1e6 for times in zip(*pairs, strict=True))
    ratios = sorted(a / b for a, b in pairs)
    print(f"{len(asked)} identity-policy cases: {lab:.1f} µs a decision with its reasons, moto's without {moto:.1f} µs")
    print(f"ratio {statistics.median(ratios):.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f}); wanted: at most 1")


def questions() -> list[Question]:
    """The cases with identity policies alone which moto can be asked, ready to be decided."""
    found = [
        (request_of(case.input), [(p["name"], json.dumps(p["document"])) for p in case.input["identityPolicies"]])
        for case in read_cases(OPEN)
        if is_about_identity_policies(case)
    ]
    return [question for question in found if can_be_asked(partial(on_moto, [question]))]


def is_about_identity_policies(case: Case) -> bool:
    """Whether nothing but valid identity policies bears on the case."""
    try:
        policies = policies_of(case.input)
    except MalformedPolicyError:
        return False
    return bool(policies.identity) and policies == Policies(identity=policies.identity)


def can_be_asked(ask: Callable[[], None]) -> bool:
    """moto's evaluator fails on some patterns, which it takes for regular expressions."""
    try:
        ask()
    except Exception:  # noqa: BLE001 - whatever it is, the case can't be compared
        return False
    return True


def in_the_lab(asked: list[Question]) -> None:
    """Every question decided by labkit."""
    for request, documents in asked:
        decide(request, Policies(tuple(NamedPolicy(name, read_policy(text)) for name, text in documents)))


def on_moto(asked: list[Question]) -> None:
    """Every question decided as moto does for a call: an explicit deny ends it, else any permission suffices."""
    for request, documents in asked:
        for _, text in documents:
            if IAMPolicy(text).is_action_permitted(request.action, request.resource) == PermissionResult.DENIED:
                break


def seconds(decide_all: Callable[[list[Question]], None], asked: list[Question]) -> float:
    """The processor's time for all of them: what else runs on the computer doesn't count."""
    began = time.process_time()
    decide_all(asked)
    return time.process_time() - began


if __name__ == "__main__":
    report()
