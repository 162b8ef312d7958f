"""What CloudFormation makes of a value of our template by parameters, read from the file as it is written."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cfnlint.decode import decode  # type: ignore[import-untyped]

from tests.template import FILE

Parameters = Mapping[str, str]
NOTHING = "AWS::NoValue"


@cache
def template() -> dict[str, Any]:
    """The file, its loops as they are."""
    found: dict[str, Any] = decode(str(FILE))[0]
    return found


def properties(name: str) -> dict[str, Any]:
    """The properties of a resource that no loop makes."""
    found: dict[str, Any] = template()["Resources"][name]["Properties"]
    return found


_PARTITIONS = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
    "eusc-": ("aws-eusc", "amazonaws.eu"),
}
"""Those of their own, with their names' ends, by how the names of their regions begin."""


def stack(region: str = "us-east-1", **named: str) -> dict[str, str]:
    """AWS's own parameters in a region, and those that are given; the others have their defaults."""
    own = (each for begin, each in _PARTITIONS.items() if region.startswith(begin))
    partition, suffix = next(own, ("aws", "amazonaws.com"))
    return {
        **{name: str(its["Default"]) for name, its in template()["Parameters"].items()},
        "AWS::Region": region,
        "AWS::Partition": partition,
        "AWS::URLSuffix": suffix,
        "AWS::AccountId": "1",
        "AWS::StackName": "feedback-insights",
        **named,
    }


def resolve(value: Any, given: Parameters) -> Any:
    """The value by these parameters; what is made by the deployment has its logical id for one."""
    if isinstance(value, list):
        return [each for each in (resolve(each, given) for each in value) if each != NOTHING]
    if not isinstance(value, dict):
        return value
    name, its = next(iter(value.items()))
    return _FUNCTIONS[name](its, given) if name in _FUNCTIONS else value


def holds(condition: str, given: Parameters) -> bool:
    """Whether a condition of the template does."""
    return bool(resolve(template()["Conditions"][condition], given))


def _if(its: list[Any], given: Parameters) -> Any:
    condition, yes, no = its
    return resolve(yes if holds(condition, given) else no, given)


def _equals(its: list[Any], given: Parameters) -> bool:
    one, other = (str(resolve(each, given)) for each in its)
    return one == other


def _split(its: list[Any], given: Parameters) -> list[str]:
    separator, text = its
    return str(resolve(text, given)).split(separator)


def _find(its: list[Any], given: Parameters) -> Any:
    mapping, first, second, *otherwise = its
    row = template()["Mappings"][mapping].get(resolve(first, given), {})
    return row[second] if second in row else otherwise[0]["DefaultValue"]


def _sub(its: Any, given: Parameters) -> str:
    text, own = its if isinstance(its, list) else (its, {})
    known = {**given, **{name: resolve(each, given) for name, each in own.items()}}
    return re.sub(r"\$\{([^}]+)\}", lambda found: str(known.get(found[1], found[1])), text)


_FUNCTIONS: dict[str, Callable[[Any, Parameters], Any]] = {
    "Condition": holds,
    "Fn::And": lambda its, given: all(resolve(each, given) for each in its),
    "Fn::Equals": _equals,
    "Fn::FindInMap": _find,
    # As in most regions.
    "Fn::GetAZs": lambda _, given: [f"{given['AWS::Region']}{letter}" for letter in "abc"],
    "Fn::If": _if,
    "Fn::Not": lambda its, given: not resolve(its[0], given),
    "Fn::Or": lambda its, given: any(resolve(each, given) for each in its),
    "Fn::Select": lambda its, given: resolve(its[1], given)[int(its[0])],
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Ref": lambda its, given: given.get(its, its),
}
