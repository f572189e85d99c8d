"""A theater as one HTML page: its trace, its scripts and its styles, and nothing from anywhere else."""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from labkit.simulation.misuse import MisuseError
from labkit.view.assemble import assemble

ENTRY = Path(__file__).parent / "js" / "saved_page.js"

PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; \
style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; }}
body {{ max-width: 1280px; margin: 16px auto; padding: 0 12px; background: light-dark(#ffffff, #16191d); }}
{css}
</style>
</head>
<body>
<main id="theater"><noscript>{still}</noscript></main>
<script type="application/json" id="state">{state}</script>
<script type="module">
{script}
</script>
</body>
</html>
"""


def write_page(path: Path, state: Mapping[str, Any], css: str, title: str, still: str) -> None:
    """Writes the page. ``state``: the theater's traits; ``still``: its picture, for a reader without scripts.

    Raises ``MisuseError`` if ``path`` can't be written.
    """
    text = PAGE.format(
        language=escape(state["words"]["language"]),
        title=escape(title),
        css=css,
        still=still,
        state=json.dumps(state, separators=(",", ":")).replace("<", "\\u003c"),
        script=assemble(ENTRY),
    )
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        why = error.strerror or str(error)
        message = f"Expected a file that can be written, found {str(path)!r} ({why}); name one in a folder that exists."
        raise MisuseError(message) from None
