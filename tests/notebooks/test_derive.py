"""Notebooks from their sources: the same bytes each time, and outputs that nbval finds again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.authoring.__main__ import main
from labkit.authoring.derive import derive
from labkit.authoring.editions import Edition
from labkit.authoring.lessons import AuthoringError, Lesson, find_lessons

ROOT = Path(__file__).parents[2]

LESSON = """\
# ---
# jupyter:
#   kernelspec: {name: elsewhere, display_name: Another kernel, language: python}
# ---

# %% [markdown] tags=["intro"]
# # A lesson

# %%
import ipywidgets, time
print("one", flush=True)
print("two")
ipywidgets.IntSlider(3)

# %% tags=["raises-exception"]
import json
json.loads("{")

# %%
print("again")

# %%
print("again")
"""

DEPENDS_ON_SURROUNDINGS = {
    "the order of a set": 'print({"a", "b", "c", "d", "e", "f", "g"})',
    "the time zone": "import time; print(time.localtime(0).tm_hour)",
    "the width of the terminal": "import shutil; print(shutil.get_terminal_size().columns)",
}


def write(folder: Path, name: str, source: str) -> Edition:
    (folder / "source").mkdir(exist_ok=True)
    (folder / "source" / f"{name}.py").write_text(source, encoding="utf-8")
    return Edition(Lesson(folder, name))


def nbval(folder: Path) -> subprocess.CompletedProcess:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--config-file",
        ROOT / "pyproject.toml",
        "--rootdir",
        folder,
        "-q",
        folder,
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)


@pytest.fixture(scope="module")
def derived(tmp_path_factory):
    edition = write(tmp_path_factory.mktemp("lessons"), "01-first", LESSON)
    derive(edition)
    return edition


@pytest.fixture(scope="module")
def notebook(derived):
    return json.loads(derived.notebook.read_text(encoding="utf-8"))


def test_deriving_again_gives_the_same_bytes(derived):
    before = derived.notebook.read_bytes()
    derive(derived)
    assert derived.notebook.read_bytes() == before


def test_the_notebook_holds_nothing_of_the_computer_it_was_derived_on(derived, notebook):
    text = derived.notebook.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert sys.prefix not in text
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert "version" not in notebook["metadata"]["language_info"]
    assert all("execution" not in cell["metadata"] for cell in notebook["cells"])


def test_cells_keep_their_tags_and_have_ids_of_their_own(notebook):
    assert notebook["cells"][0]["metadata"] == {"tags": ["intro"]}
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert ids[4] == f"{ids[3]}-2", "the second of two equal cells"


def test_what_a_cell_prints_in_pieces_is_one_output(notebook):
    stream, slider = notebook["cells"][1]["outputs"]
    assert "".join(stream["text"]) == "one\ntwo\n"
    assert slider["output_type"] == "execute_result"


def test_widgets_are_kept_with_their_state_under_numbers(notebook):
    view = notebook["cells"][1]["outputs"][1]["data"]["application/vnd.jupyter.widget-view+json"]
    states = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    assert list(states) == [f"{number:032x}" for number in range(3)]
    assert states[view["model_id"]]["state"]["value"] == 3


def test_nbval_finds_the_outputs_again(derived):
    result = nbval(derived.lesson.folder)
    assert result.returncode == 0, result.stdout
    assert "4 passed" in result.stdout


def test_nbval_finds_an_output_that_depends_on_its_surroundings(tmp_path):
    for number, cell in enumerate(DEPENDS_ON_SURROUNDINGS.values()):
        write(tmp_path, f"0{number}", f"# %%\n{cell}\n")
    assert main(["--folder", str(tmp_path), "derive"]) == 0
    result = nbval(tmp_path)
    assert "3 failed" in result.stdout, result.stdout


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        pytest.param("1 / 0", "to run, found ZeroDivisionError: division by zero; correct", id="a cell that fails"),
        pytest.param("object()", r"the same on every computer, found '0x\w+' in those of cell 1", id="an address"),
        pytest.param("import labkit; labkit.__file__", "the same on every computer, found '.*' in those", id="a path"),
    ],
)
def test_a_lesson_that_cannot_be_derived_says_why_and_leaves_the_notebook_alone(tmp_path, cell, sentence):
    edition = write(tmp_path, "01-first", f"# %%\n{cell}\n")
    edition.notebook.write_text("as it was")
    with pytest.raises(AuthoringError, match=sentence):
        derive(edition)
    assert edition.notebook.read_text() == "as it was"


def test_lessons_are_found_by_the_beginning_of_their_names(tmp_path):
    for name in ("02-second", "01-first"):
        write(tmp_path, name, "")
    assert [lesson.name for lesson in find_lessons(tmp_path)] == ["01-first", "02-second"]
    assert [lesson.name for lesson in find_lessons(tmp_path, ["02"])] == ["02-second"]


def test_a_name_of_no_lesson_is_told_the_names_there_are(tmp_path, capsys):
    write(tmp_path, "01-first", "")
    assert main(["--folder", str(tmp_path), "derive", "03"]) == 1
    expected = "Expected the beginning of the name of a lesson (01-first), found '03'; check its spelling.\n"
    assert capsys.readouterr().err == expected
