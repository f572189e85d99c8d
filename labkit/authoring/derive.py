"""From a lesson's source to its notebook: cells, outputs of a fresh kernel, and nothing that changes by itself."""

import os
import sys
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from traitlets import default

from labkit.authoring.editions import Edition
from labkit.authoring.lessons import AuthoringError
from labkit.authoring.stable import cell_ids, settle
from labkit.authoring.surroundings import DERIVING, without_personal_settings

CELL_TIMEOUT_S = 300
"""How long one cell may take on the author's computer."""

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python", "pygments_lexer": "ipython3"}


class _OwnKernel(AsyncKernelManager):
    """The kernel of the running Python, not one of the same name that the author installed elsewhere."""

    @default("kernel_spec_manager")
    def _own_specs(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[str(Path(sys.prefix, "share", "jupyter", "kernels"))])


def derive(edition: Edition) -> Path:
    """Writes the edition's notebook and returns its path; the same source gives the same bytes.

    Raises ``AuthoringError`` if a cell fails that is not tagged ``raises-exception``, or if an output could not be
    the same on another computer. The notebook that was there before stays then.
    """
    notebook = unexecuted(edition)
    edition.notebook.parent.mkdir(exist_ok=True)
    _execute(notebook, edition)
    text = settle(notebook, edition.name)
    edition.notebook.write_bytes(text.encode())
    return edition.notebook


def unexecuted(edition: Edition) -> NotebookNode:
    """The edition's notebook before any cell has run, with the digest of what it comes from."""
    cells = edition.cells()
    for cell, cell_id in zip(cells, cell_ids(cells), strict=True):
        cell.id = cell_id
    source = edition.lesson.source.relative_to(edition.lesson.folder).as_posix()
    origin = {"source": source, "sha256": edition.digest()}
    notebook: NotebookNode = new_notebook(
        cells=cells, metadata={"kernelspec": KERNEL, "language_info": LANGUAGE, "labkit": origin}
    )
    # The minor version since which cells have ids; a fixed one, so that newer nbformats write the same.
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def _execute(notebook: NotebookNode, edition: Edition) -> None:
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name=KERNEL["name"],
        kernel_manager_class=_OwnKernel,
        resources={"metadata": {"path": str(edition.notebook.parent)}},
        record_timing=False,
        coalesce_streams=True,
    )
    with without_personal_settings() as personal:
        try:
            client.execute(env={**os.environ, **DERIVING, **personal})
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise AuthoringError(_sentence(edition, error)) from error
    # The kernel has its say about itself; what it says differs from one Python to the next.
    notebook.metadata.language_info = LANGUAGE


def _sentence(edition: Edition, error: CellExecutionError | CellTimeoutError | DeadKernelError) -> str:
    found = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else type(error).__name__
    return (
        f"Expected every cell of {edition.name} to run, found {' '.join(found.split())}; correct the cell in "
        f"{edition.lesson.source.name}, or tag it raises-exception if it fails on purpose."
    )
