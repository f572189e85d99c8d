"""The set-up: three lists of packages that agree, a tidy top level, and nothing that belongs to one computer."""

import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SYSTEMS = [("linux", "posix"), ("darwin", "posix"), ("win32", "nt")]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]

FOR_STUDENTS = {"notebooks", "labkit", "resources", "tests", "environment.yml", "README.md"}
FOR_TOOLS = {"pyproject.toml", "requirements.lock", "Makefile", "LICENSE", "CONTRIBUTING.md", "CHANGELOG.md"}


def asked_for() -> list[Requirement]:
    """What pyproject.toml names: for using labkit and for working on it."""
    return [
        Requirement(line) for line in [*PYPROJECT["project"]["dependencies"], *PYPROJECT["dependency-groups"]["dev"]]
    ]


def locked() -> list[Requirement]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return [Requirement(line.partition("#")[0]) for line in lines if line.partition("#")[0].strip()]


def pinned(requirement: Requirement) -> str:
    [pin] = requirement.specifier
    assert pin.operator == "=="
    return pin.version


def applies(marker: Marker | None, system: tuple[str, str], python: str) -> bool:
    environment = {"sys_platform": system[0], "os_name": system[1]}
    environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    return marker is None or marker.evaluate(environment)


def environment() -> dict:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("requirement", asked_for(), ids=lambda requirement: requirement.name)
def test_the_lock_holds_a_fitting_version_of_all_that_pyproject_asks_for(requirement):
    versions = [pinned(pin) for pin in locked() if canonicalize_name(pin.name) == canonicalize_name(requirement.name)]
    assert len(versions) == 1, "one version on every system and for every Python"
    assert requirement.specifier.contains(versions[0])


@pytest.mark.parametrize("name", ["moto", "bashkit"])
def test_what_labkit_builds_on_the_insides_of_is_pinned_exactly(name):
    [requirement] = [requirement for requirement in asked_for() if requirement.name == name]
    assert pinned(requirement) == version(name)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system[0])
def test_no_package_has_two_versions_at_once(system, python):
    names = [canonicalize_name(pin.name) for pin in locked() if applies(pin.marker, system, python)]
    assert sorted(names) == sorted(set(names))


def test_what_is_installed_here_is_what_the_lock_says():
    here = [pin for pin in locked() if pin.marker is None or pin.marker.evaluate()]
    assert {pin.name: version(pin.name) for pin in here} == {pin.name: pinned(pin) for pin in here}


def test_conda_and_binder_install_the_same_lock_into_a_fitting_python():
    dependencies = environment()["dependencies"]
    [pip] = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    assert pip == ["--requirement requirements.lock", "--editable ."]
    [python] = [Requirement(entry) for entry in dependencies if str(entry).startswith("python")]
    assert python.specifier == SpecifierSet(PYPROJECT["project"]["requires-python"])
    assert environment()["channels"][0] == "conda-forge"


def test_the_pythons_that_are_promised_are_the_same_everywhere():
    allowed = SpecifierSet(PYPROJECT["project"]["requires-python"])
    assert [python for python in ["3.10", *PYTHONS, "3.15"] if allowed.contains(f"{python}.0")] == PYTHONS
    setup = (ROOT / ".ci/setup").read_text(encoding="utf-8")
    assert "(3, 11) <= sys.version_info < (3, 15)" in setup
    assert allowed.contains(".".join(map(str, sys.version_info[:3])))


@pytest.mark.parametrize(
    "name", ["requirements.lock", "pyproject.toml", "environment.yml", "Makefile", ".ci/setup", ".ci/run"]
)
def test_no_file_of_the_set_up_names_a_package_index_or_a_place_of_one_computer(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert (
        re.findall(r"https?://\S+|file:\S+|--(?:extra-)?index-url|--find-links|/(?:opt|home|root|Users)/\S*", text)
        == []
    )


def test_the_top_level_holds_only_what_a_student_looks_for_and_what_tools_require():
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found <= FOR_STUDENTS | FOR_TOOLS
    assert found >= FOR_STUDENTS
