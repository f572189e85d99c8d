"""Which resources a call is about, by the rule that fits most operations: its parameters fill ARN templates.

A parameter that is an ARN and fits a type's template is that resource; a name or id fills the template; what the call
can't name yet (the id of an instance to be launched) stays ``*``, as AWS writes it in its own messages.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from labkit.aws.authorization.call import ALL, Call
from labkit.aws.authorization.lookups import iam_path_and_name
from labkit.aws.authorization.parameters import NAMES
from labkit.aws.authorization.reference import ResourceType, resource_types, template

VARIABLE = re.compile(r"\{(\w+)\}")
PLACE = frozenset({"Partition", "Region", "Account"})
PARTITION = "aws"


def resources(call: Call, action: str) -> tuple[str, ...]:
    """The ARNs that ``call`` asks for when it needs ``action`` (with prefix); ``("*",)`` if the action takes none."""
    prefix, _, name = action.partition(":")
    types = resource_types(prefix, name)
    named = [arn for one in types for arn in _named(call, prefix, one)]
    # A type that must be there is asked for even if the call names none of its kind.
    unnamed = [of(call, one.arn) for one in types if one.required and not any(fits(one.arn, arn) for arn in named)]
    return tuple(dict.fromkeys([*named, *unnamed])) or (ALL,)


def arn(call: Call, prefix: str, resource_type: str, **values: str) -> str:
    """The ARN of a resource of the call's account and region: ``arn(call, "ec2", "image", ImageId="ami-1")``."""
    return of(call, template(prefix, resource_type), values)


def of(call: Call, arn_template: str, values: Mapping[str, str] | None = None) -> str:
    """A template filled with ``values``; every other variable becomes ``*``."""
    place = {"Partition": PARTITION, "Region": call.region, "Account": call.account_id}
    known = {**place, **(values or {})}
    return VARIABLE.sub(lambda found: known.get(found[1], ALL), arn_template)


def fits(arn_template: str, text: str) -> bool:
    """Whether ``text`` can be an ARN made from this template."""
    return _pattern(arn_template).fullmatch(text) is not None


def _named(call: Call, prefix: str, kind: ResourceType) -> Iterator[str]:
    whole = [text for text in _arns(call.parameters) if fits(kind.arn, text)]
    if whole:
        yield from whole
        return
    variables = [name for name in VARIABLE.findall(kind.arn) if name not in PLACE]
    found = {name: texts for name in variables if (texts := _values(call, prefix, kind.name, name))}
    # An object's key alone names nothing: it could be of any bucket or access point.
    if found and (prefix != "s3" or len(found) == len(variables)):
        for combination in itertools.product(*found.values()):
            yield of(call, kind.arn, dict(zip(found, combination, strict=True)))


def _values(call: Call, prefix: str, kind: str, variable: str) -> list[str]:
    if prefix in {"iam", "sts"}:
        path_and_name = iam_path_and_name(call, kind)
        return [path_and_name] if path_and_name else []
    plain = variable.lower()
    names = NAMES.get(prefix, {}).get(variable, (plain, plain + "s"))
    lower = {name.lower(): value for name, value in call.parameters.items()}
    texts = [text for name in names for text in _texts(lower.get(name.lower()))]
    return [text.lstrip("/") if prefix == "ssm" else text for text in texts if not text.startswith("arn:")]


def _arns(parameters: Mapping[str, Any]) -> list[str]:
    """The ARNs among a call's own parameters, alone or in a list."""
    return [text for value in parameters.values() for text in _texts(value) if text.startswith("arn:")]


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


@cache
def _pattern(arn_template: str) -> re.Pattern[str]:
    parts = VARIABLE.split(arn_template)
    variables = iter(parts[1::2])
    plain = [re.escape(part) for part in parts[::2]]
    joined = plain[0]
    for variable, text in zip(variables, plain[1:], strict=True):
        # The account of AWS's own policies is called "aws"; regions can be missing.
        joined += ("[^:]*" if variable in PLACE else "[^/]+" if text.startswith("/") else ".+") + text
    return re.compile(joined)
