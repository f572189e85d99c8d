"""Whether a lesson's code is what a student would type for AWS: boto3 and Python, and few names of the lab's own."""

import ast
import sys
from collections.abc import Iterator, Mapping

LIBRARIES = frozenset({"boto3", "botocore", "labkit", "matplotlib", "requests", "yaml"})
"""What a lesson may import beside the standard library; of labkit no submodule."""

OWN_NAMES: Mapping[str, frozenset[str]] = {
    "labkit": frozenset({"start", "lesson", "progress"}),
    "lab": frozenset({
        "advance",
        "charts",
        "compare",
        "drill",
        "faults",
        "github",
        "history",
        "machine",
        "now",
        "permissions_used",
        "policy_explorer",
        "run_until",
        "stop",
        "theater",
        "what_if",
        "why",
    }),
    "lesson": frozenset({"check", "hint", "on_aws", "predict", "quiz", "reveal"}),
}  # fmt: skip
"""The lab's own names, by the variable that has them in every lesson."""


def not_plain(code: str) -> Iterator[str]:
    """One sentence for each thing in a cell's code that a student could not take to AWS."""
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        yield f"Expected plain Python, found {error.text!r}; write it without the notebook's own commands."
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from _imports(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _imports([f"{node.module}.{alias.name}" for alias in node.names if node.module == "labkit"])
            yield from _imports([node.module or "."])
        elif isinstance(node, ast.Attribute):
            yield from _attribute(node)


def _imports(names: Iterator[str] | list[str]) -> Iterator[str]:
    for name in names:
        top = name.split(".")[0]
        if top not in LIBRARIES and top not in sys.stdlib_module_names:
            yield f"Expected an import of {', '.join(sorted(LIBRARIES))} or of Python's own, found {name}."
        if top == "labkit" and name != "labkit":
            yield f"Expected nothing from inside labkit, found {name}; a lesson types import labkit and no more."


def _attribute(node: ast.Attribute) -> Iterator[str]:
    if node.attr.startswith("_"):
        yield f"Expected public names only, found .{node.attr}; what a lesson needs has a public name."
    if isinstance(node.value, ast.Name) and node.value.id in OWN_NAMES:
        known = OWN_NAMES[node.value.id]
        if node.attr not in known:
            allowed = ", ".join(sorted(known))
            yield f"Expected one of {allowed} of {node.value.id}, found {node.attr}; use boto3, or add it on purpose."
