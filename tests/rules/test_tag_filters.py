"""Which instances tag filters select: API reference, EC2TagFilter, EC2TagSet."""

import pytest

from labkit.rules.tag_filters import TagFilter, selects

PROD_WEB = {"env": "prod", "tier": "web"}


def both(key: str, value: str) -> TagFilter:
    return TagFilter(key, value, "KEY_AND_VALUE")


@pytest.mark.parametrize(
    ("tag_sets", "selected"),
    [
        pytest.param([[both("env", "prod")]], True, id="key and value both match"),
        pytest.param([[both("env", "test")]], False, id="the value differs"),
        pytest.param([[both("Env", "prod")]], False, id="letters' case counts in the key"),
        pytest.param([[both("env", "Prod")]], False, id="letters' case counts in the value"),
        pytest.param([[both("env", "test"), both("tier", "web")]], True, id="within a list any filter may match"),
        pytest.param([[both("env", "prod")], [both("tier", "db")]], False, id="between lists all must match"),
        pytest.param([[both("env", "prod")], [both("tier", "web")]], True, id="between lists all match"),
        pytest.param([[TagFilter("env", None, "KEY_ONLY")]], True, id="KEY_ONLY needs the key"),
        pytest.param([[TagFilter("owner", None, "KEY_ONLY")]], False, id="KEY_ONLY with another key"),
        pytest.param([[TagFilter(None, "web", "VALUE_ONLY")]], True, id="VALUE_ONLY looks at every value"),
        pytest.param([[both("env", "p*d")]], True, id="an asterisk stands for any characters"),
        pytest.param([[both("env", "p?od")]], False, id="a question mark is an ordinary character"),
        pytest.param([[both("env", "[p]rod")]], False, id="brackets are ordinary characters"),
        pytest.param([], False, id="no filter at all selects nothing"),
    ],
)
def test_which_instances_are_selected(tag_sets: list[list[TagFilter]], selected: bool) -> None:
    assert selects(tag_sets, PROD_WEB) is selected
