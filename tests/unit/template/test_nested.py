"""quicksight.yaml, the nested stack: what the main template hands it, and when."""

from typing import Any

import pytest

from tests.template import ROOT, ours, read
from tests.unit.template import resolving
from tests.unit.template.synthesis import synthesised
from tests.unit.template.test_network import MODES

NESTED = read(ROOT / "quicksight.yaml")
SOMEBODY = "arn:aws:quicksight:us-east-1:123456789012:user/default/somebody"
LISTS = ("CommaDelimitedList", "List<")
"""How types of parameters that are lists begin."""


def handed() -> dict[str, Any]:
    """The nested stack's parameters, as the main template gives them."""
    [nested] = ours().get_resources(["AWS::CloudFormation::Stack"]).values()
    found: dict[str, Any] = nested["Properties"]["Parameters"]
    return found


def needed() -> set[str]:
    """The nested parameters without which there is no stack."""
    return {name for name, its in NESTED.template["Parameters"].items() if "Default" not in its}


def test_the_nested_template_gets_what_it_asks_for_and_nothing_else() -> None:
    assert needed() <= handed().keys() <= NESTED.template["Parameters"].keys()


def test_a_list_is_handed_over_joined_and_nothing_else_is() -> None:
    """CloudFormation hands a nested stack text."""
    for name, its in NESTED.template["Parameters"].items():
        joined = isinstance(handed()[name], dict) and "Fn::Join" in handed()[name]
        assert joined == its["Type"].startswith(LISTS), name


def test_each_parameter_of_the_nested_template_is_used() -> None:
    used = str(NESTED.template["Resources"]) + str(NESTED.template.get("Outputs"))

    for name in NESTED.template["Parameters"]:
        assert f"'Ref': '{name}'" in used or f"${{{name}}}" in used, name


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("principal", ["", SOMEBODY])
def test_it_is_there_for_somebody_who_looks_and_a_managed_database(mode: str, principal: str) -> None:
    whole = synthesised(resolving.stack(**MODES[mode], QuickSightPrincipalArn=principal))["Resources"]
    managed = "ManagedDatabase" not in MODES[mode]

    assert ("QuickSight" in whole) == bool(principal and managed)
    if "QuickSight" in whole:
        its = str(whole["QuickSight"])
        for name in ("SubnetA", "SubnetB", "DatabaseSecurityGroup", "Database", "ReadersSecret"):
            assert name in its
            assert name in whole


def test_nothing_of_quicksight_is_in_the_main_template() -> None:
    kinds = {its["Type"] for its in ours().get_resources().values()}

    assert not {kind for kind in kinds if kind.startswith("AWS::QuickSight")}
    assert any(its["Type"].startswith("AWS::QuickSight") for its in NESTED.get_resources().values())
