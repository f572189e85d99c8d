"""One lesson's slides as one page with everything in it: reveal.js, pictures, theaters that play."""

from html import escape
from pathlib import Path

import nbformat
from nbconvert.exporters import SlidesExporter
from nbformat import NotebookNode
from traitlets.config import Config

from labkit.authoring.cells import Reader
from labkit.authoring.editions import Edition
from labkit.authoring.lessons import AuthoringError, Lesson
from labkit.authoring.slides.arrange import arranged
from labkit.authoring.slides.player import player

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def slides(lesson: Lesson) -> str:
    """The page. Raises ``AuthoringError`` if the lesson has no executed notebook for the instructor."""
    edition = Edition(lesson, Reader.INSTRUCTOR)
    if not edition.notebook.exists():
        message = (
            f"Expected {edition.name}.ipynb to make slides of, found none; "
            f"run python -m labkit.authoring derive {lesson.name}."
        )
        raise AuthoringError(message)
    notebook = nbformat.read(edition.notebook, as_version=4)
    _show_without_kernel(notebook)
    notebook.cells = arranged(notebook.cells)
    notebook.metadata["title"] = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    config = Config()
    config.SlidesExporter.extra_template_basedirs = [str(HERE / "template")]
    config.SlidesExporter.template_name = "labkit_slides"
    exporter = SlidesExporter(config=config)
    text: str = exporter.from_notebook_node(notebook, resources={"labkit": _vendored()})[0]
    return text


def _vendored() -> dict[str, str]:
    """The files that the template puts into the page; a script cannot end the element it stands in."""
    read = {path.name: path.read_text(encoding="utf-8") for path in VENDOR.iterdir() if path.suffix in {".js", ".css"}}
    return {
        "reveal_js": read["reveal.js"].replace("</script", "<\\/script"),
        "notes_js": read["notes.js"].replace("</script", "<\\/script"),
        "reveal_css": read["reveal.css"],
        "slides_css": (HERE / "slides.css").read_text(encoding="utf-8"),
    }


def _show_without_kernel(notebook: NotebookNode) -> None:
    """Theaters play in frames of their own; other widgets need a kernel, so their still forms are shown.

    Pictures say what their text says.
    """
    states = notebook.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
    for output in (output for cell in notebook.cells for output in cell.get("outputs", ()) if "data" in output):
        says = escape(output.data.get("text/plain", ""))
        view = output.data.pop(VIEW, None)
        state = states.get(view["model_id"], {}).get("state", {}) if view else {}
        if "trace" in state:
            page = escape(player(state, says))
            output.data["text/html"] = f'<iframe class="theater" title="{says}" srcdoc="{page}"></iframe>'
        if "image/png" in output.data:
            output.metadata["image/png"] = {**output.metadata.get("image/png", {}), "alt": says}
