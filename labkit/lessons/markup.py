"""The little markup that texts may use: paragraphs, ``code`` in backticks, and blocks of code between ```` ``` ````."""

import re
from html import escape

_BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")


def html(text: str) -> str:
    """The text as HTML, safe to show.

    >>> html("Use `a < b`.")
    '<p>Use <code>a &lt; b</code>.</p>'
    """
    parts = _BLOCK.split(text.strip())
    return "".join(_code_block(part) if place % 2 else _paragraphs(part) for place, part in enumerate(parts))


def inline_html(text: str) -> str:
    """One line of text as HTML, without a paragraph around it."""
    return _CODE.sub(r"<code>\1</code>", escape(" ".join(text.split()), quote=False))


def plain(text: str) -> str:
    """The text as a terminal shows it: code without its marks."""
    return _CODE.sub(r"\1", _BLOCK.sub(lambda block: block.group(1).rstrip("\n"), text.strip()))


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{inline_html(part)}</p>" for part in re.split(r"\n\s*\n", text) if part.strip())


def _code_block(code: str) -> str:
    return f"<pre><code>{escape(code.rstrip(chr(10)), quote=False)}</code></pre>"
