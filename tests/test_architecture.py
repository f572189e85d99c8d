"""Which part of labkit may use which: imports point only downwards, read from the code itself.

The picture: ``simulation`` and ``rules`` on the ground, ``world`` above them, ``aws`` above the world, then
``explain``, ``view`` and ``lessons``, and the front door ``lab`` on top. ``authoring`` stands apart: it may use
anything.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

GROUND = ("labkit.simulation", "labkit.rules")
WORLD = (*GROUND, "labkit.world")
AWS = (*WORLD, "labkit.aws")
MAY_USE: Mapping[str, tuple[str, ...]] = {
    "labkit.simulation": ("labkit.simulation",),
    "labkit.rules": ("labkit.rules",),
    "labkit.world": WORLD,
    "labkit.aws": AWS,
    "labkit.explain": (*AWS, "labkit.explain"),
    # The pictures are drawn from the record alone: that is what lets them be replayed without a world.
    # What a scenario is made of is values like the events: a what-if's controls name them, and play nothing.
    # A decision of IAM's is a value too, and the policy explorer draws it.
    "labkit.view": (
        "labkit.simulation",
        "labkit.rules.iam",
        "labkit.world.events",
        "labkit.world.scenario.parameters",
        "labkit.view",
    ),
    "labkit.lessons": (*AWS, "labkit.explain", "labkit.view", "labkit.lessons"),
    "labkit.lab": (*AWS, "labkit.explain", "labkit.view", "labkit.lessons"),
    "labkit.authoring": ("labkit",),
    # The package itself only opens the front door, and makes that quick.
    "labkit": ("labkit.lab", "labkit.aws.service_models", "labkit.simulation.collector"),
}

AWS_LIBRARIES = ("boto3", "botocore", "moto")
CHANCE_AND_WALL_CLOCK = ("secrets", "time", "uuid")
NEVER_USES: Mapping[str, tuple[str, ...]] = {
    "labkit.simulation": (*AWS_LIBRARIES, *CHANCE_AND_WALL_CLOCK),
    "labkit.rules": (*AWS_LIBRARIES, *CHANCE_AND_WALL_CLOCK, "simpy", "os", "requests", "socket", "subprocess"),
    "labkit.world": (*AWS_LIBRARIES, *CHANCE_AND_WALL_CLOCK, "requests", "socket", "subprocess"),
    "labkit.view": AWS_LIBRARIES,
}

Modules = Mapping[str, frozenset[str]]


def within(name: str, packages: Iterable[str]) -> bool:
    """Whether the module ``name`` is one of ``packages`` or inside one."""
    return any(name == package or name.startswith(package + ".") for package in packages)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str, module: str, known: frozenset[str]) -> Iterator[str]:
    """The modules that ``source`` imports anywhere in its text, also inside functions and ``TYPE_CHECKING``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: write the full name instead of a relative import"
            assert node.module
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module


def labkit_modules() -> Modules:
    paths = {module_name(path): path for path in sorted((ROOT / "labkit").rglob("*.py"))}
    known = frozenset(paths)
    return {name: frozenset(imported(path.read_text(encoding="utf-8"), name, known)) for name, path in paths.items()}


def part_of(module: str) -> str:
    """The entry of MAY_USE that a module belongs to; the front door belongs to nothing but itself."""
    parts = [part for part in MAY_USE if part != "labkit" and within(module, [part])]
    return parts[0] if parts else module


def upward_imports(modules: Modules) -> list[str]:
    return [
        f"{module} imports {used}"
        for module, uses in modules.items()
        for used in sorted(uses)
        if within(used, ["labkit"]) and not within(used, MAY_USE[part_of(module)])
    ]


def forbidden_libraries(modules: Modules) -> list[str]:
    return [
        f"{module} imports {used}"
        for module, uses in modules.items()
        for used in sorted(uses)
        if within(used, NEVER_USES.get(part_of(module), ()))
    ]


def cycle(modules: Modules) -> list[str]:
    """A ring of modules that import each other, empty if there is none."""
    try:
        TopologicalSorter({module: sorted(uses - {module}) for module, uses in modules.items()}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture(scope="module")
def modules():
    return labkit_modules()


def test_every_module_has_its_place(modules):
    assert [module for module in modules if part_of(module) not in MAY_USE] == []


def test_imports_point_only_downwards(modules):
    assert upward_imports(modules) == []


def test_the_ground_and_the_world_know_nothing_of_boto3_and_moto_nor_of_chance_and_the_wall_clock(modules):
    assert forbidden_libraries(modules) == []


def test_no_modules_import_each_other_in_a_ring(modules):
    assert cycle(modules) == []


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        pytest.param(
            "labkit.rules.x", "import labkit.world.files", "labkit.rules.x imports labkit.world.files", id="rules"
        ),
        pytest.param("labkit.world.x", "from labkit import aws", "labkit.world.x imports labkit.aws", id="world"),
        pytest.param(
            "labkit.view.x", "from labkit.world import files", "labkit.view.x imports labkit.world.files", id="view"
        ),
        pytest.param(
            "labkit.aws.x",
            "def f():\n from labkit.authoring import derive",
            "labkit.aws.x imports labkit.authoring",
            id="authoring",
        ),
        pytest.param("labkit.world.x", "from moto.core import models", "labkit.world.x imports moto.core", id="moto"),
        pytest.param("labkit.rules.x", "import simpy", "labkit.rules.x imports simpy", id="simpy"),
    ],
)
def test_an_import_that_does_not_belong_is_found(module, source, complaint):
    known = frozenset({"labkit.world.files", "labkit.aws"})
    made_up = {module: frozenset(imported(source, module, known))}
    assert upward_imports(made_up) + forbidden_libraries(made_up) == [complaint]


def test_a_ring_is_found():
    ring = {"labkit.world.a": frozenset({"labkit.world.b"}), "labkit.world.b": frozenset({"labkit.world.a"})}
    assert set(cycle(ring)) == set(ring)


def test_the_event_types_are_all_of_the_world_that_the_view_may_see():
    made_up = {"labkit.view.x": frozenset({"labkit.world.events", "labkit.simulation.history"})}
    assert upward_imports(made_up) == []
