"""The template as CloudFormation carries it out by parameters: conditions decided, what they exclude gone."""

from typing import Any

from tests.template import ours
from tests.unit.template.resolving import NOTHING, Parameters, holds

Template = dict[str, Any]

_KEPT = ("AWSTemplateFormatVersion", "Transform", "Metadata", "Parameters", "Mappings")


def synthesised(given: Parameters) -> Template:
    """The template without conditions; Globals are merged, loops unrolled."""
    whole = ours().template
    return {part: _decided(whole[part], given) for part in _KEPT} | {
        part: _there(whole[part], given) for part in ("Resources", "Outputs")
    }


def _there(things: dict[str, Any], given: Parameters) -> dict[str, Any]:
    """The resources, or outputs, whose condition holds."""
    return {
        name: _decided({part: its for part, its in thing.items() if part != "Condition"}, given)
        for name, thing in things.items()
        if "Condition" not in thing or holds(thing["Condition"], given)
    }


def _decided(value: Any, given: Parameters) -> Any:
    """The value with each Fn::If replaced by the branch that holds; what is left out is NOTHING."""
    if isinstance(value, list):
        return [part for part in (_decided(part, given) for part in value) if part != NOTHING]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Fn::If"}:
        condition, yes, no = value["Fn::If"]
        return _decided(yes if holds(condition, given) else no, given)
    if value == {"Ref": NOTHING}:
        return NOTHING
    parts = {name: _decided(part, given) for name, part in value.items()}
    return {name: part for name, part in parts.items() if part != NOTHING}
