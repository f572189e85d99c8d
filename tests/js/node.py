"""Running the theater's pure modules in Node, where there is one."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

MODULES = Path(__file__).parents[2] / "labkit" / "view" / "js"
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(
    NODE is None, reason="Expected Node.js to run the theater's modules, found none; install it."
)


def run_node(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs Node; ``text`` is its standard input."""
    assert NODE is not None
    return subprocess.run([NODE, *arguments], input=text, capture_output=True, text=True, check=False, encoding="utf-8")


def evaluate(module: str, expression: str, *inputs: Any) -> list[Any]:
    """For each input: what ``expression`` (over ``m``, the module, and ``x``, the input) is in JavaScript."""
    script = f"""
        const m = await import({json.dumps((MODULES / module).as_uri())});
        let text = "";
        for await (const part of process.stdin) text += part;
        process.stdout.write(JSON.stringify(JSON.parse(text).map((x) => {expression})));
    """
    found = run_node("--input-type=module", "--eval", script, text=json.dumps(inputs))
    assert found.returncode == 0, found.stderr
    return list(json.loads(found.stdout))
