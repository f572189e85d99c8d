"""Gives the kernels that nbval starts their surroundings, whichever notebooks pytest is asked to run."""

from collections.abc import Generator, Mapping
from contextlib import ExitStack

import pytest
from nbval.plugin import IPyNbCell

from labkit.authoring.surroundings import REPEATING, without_personal_settings

_VARIABLES = pytest.StashKey[Mapping[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Prepares the variables; the folder they name lasts as long as the tests."""
    stack = ExitStack()
    config.stash[_VARIABLES] = {**REPEATING, **stack.enter_context(without_personal_settings())}
    config.add_cleanup(stack.close)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """A notebook's kernel starts when its first cell is set up, and inherits the environment of that moment."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in item.config.stash[_VARIABLES].items():
            patch.setenv(name, value)
        return (yield)
