"""``labkit/FIDELITY.md`` says what the code says."""

import pytest

from labkit.authoring.__main__ import main
from labkit.authoring.fidelity import FIDELITY, SECTIONS, codedeploy_operations, fidelity
from labkit.aws.codedeploy.service import OPERATIONS


def test_the_committed_document_is_up_to_date() -> None:
    assert FIDELITY.read_text(encoding="utf-8") == fidelity(), "run python -m labkit.authoring fidelity"


def test_the_command_writes_the_document(tmp_path, monkeypatch) -> None:
    target = tmp_path / "FIDELITY.md"
    monkeypatch.setattr("labkit.authoring.fidelity.FIDELITY", target)
    assert (main(["fidelity"]), target.read_text(encoding="utf-8")) == (0, fidelity())


def test_an_operation_that_nobody_answers_is_said_to_be_absent(monkeypatch) -> None:
    monkeypatch.delitem(OPERATIONS, "GetApplication")
    rows = {row[0].split("]")[0][1:]: row[1] for row in codedeploy_operations().rows}
    assert (len(rows), rows["GetApplication"], rows["GetDeployment"]) == (47, "absent", "modelled")


def test_every_row_has_a_cell_for_every_column() -> None:
    assert all(len(row) == len(section().columns) for section in SECTIONS for row in section().rows)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_s_docstring_names_its_page(name: str) -> None:
    assert (OPERATIONS[name].__doc__ or "").startswith(f"API reference, {name}")
