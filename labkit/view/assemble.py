"""Joins the small ES modules of ``js/`` into the one that anywidget loads.

anywidget imports its module as a blob, in which a relative import has nothing to be relative to; so the modules
go into one text, each after those it imports, and their import and export words are left out. Names at the top
level of a module must therefore be unique over all of them.
"""

import re
from pathlib import Path

IMPORT = re.compile(r'^import \{[^}]*\} from "\./(?P<name>[\w-]+\.js)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(async )?(function|const) )", re.MULTILINE)


def assemble(entry: Path) -> str:
    """One ES module that exports the ``render`` of ``entry`` as anywidget expects; its imports come first."""
    texts: dict[str, str] = {}

    def add(path: Path) -> None:
        if path.name in texts:
            return
        text = path.read_text(encoding="utf-8")
        for found in IMPORT.finditer(text):
            add(path.with_name(found["name"]))
        texts[path.name] = EXPORT.sub("", IMPORT.sub("", text)).strip()

    add(entry)
    parts = [f"// --- {name}\n{text}\n" for name, text in texts.items()]
    return "\n".join([*parts, "export default { render };\n"])
