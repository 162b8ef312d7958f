"""quicksight.yaml, the nested stack: what the main template hands it, and when."""

from pathlib import Path

import pytest
from cfnlint.template import Template  # type: ignore[import-untyped]

from tests.template import ROOT, break_it, ours, read
from tests.unit.template import resolving
from tests.unit.template.networks import MODES
from tests.unit.template.synthesis import synthesised

NESTED = read(ROOT / "quicksight.yaml")
SOMEBODY = "arn:aws:quicksight:us-east-1:123456789012:user/default/somebody"
LISTS = ("CommaDelimitedList", "List<")
"""How types of parameters that are lists begin."""


def mismatches(main: Template) -> set[str]:
    """What the nested template asks for and the main one does not hand it, or hands it otherwise."""
    [nested] = main.get_resources(["AWS::CloudFormation::Stack"]).values()
    handed, asked = nested["Properties"]["Parameters"], NESTED.template["Parameters"]
    needed = {name for name, its in asked.items() if "Default" not in its}
    found = {f"{name}: nobody asks for it" for name in handed.keys() - asked.keys()}
    found |= {f"{name}: nobody gives it" for name in needed - handed.keys()}
    for name in handed.keys() & asked.keys():
        # CloudFormation hands a nested stack text: a list has to be joined.
        joined = isinstance(handed[name], dict) and "Fn::Join" in handed[name]
        if joined != asked[name]["Type"].startswith(LISTS):
            found.add(f"{name}: a list for one of them")
    return found


def test_the_nested_template_gets_what_it_asks_for_and_nothing_else() -> None:
    assert mismatches(ours()) == set()


@pytest.mark.parametrize(
    "old, new, found",
    [
        ("PrincipalArn:", "Principal:", {"Principal: nobody asks for it", "PrincipalArn: nobody gives it"}),
        ("        DatabaseName: !Ref DatabaseName\n", "", {"DatabaseName: nobody gives it"}),
        (
            '!Join [",", [!Ref SubnetA, !Ref SubnetB]]',
            "!Ref SubnetA",
            {"SubnetIds: a list for one of them"},
        ),
        ("VpcId: !Ref Vpc", 'VpcId: !Join [",", [!Ref Vpc]]', {"VpcId: a list for one of them"}),
    ],
)
def test_what_is_handed_over_otherwise_is_found(tmp_path: Path, old: str, new: str, found: set[str]) -> None:
    assert mismatches(read(break_it(tmp_path, "QuickSight", old, new))) == found


def test_what_quicksight_keeps_for_a_while_does_not_stand_in_the_way_of_the_next_stack() -> None:
    """A deleted analysis keeps its id for 30 days, a connection until its interfaces are gone."""
    of_this_stack = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}

    for kind, its_id in (("Analysis", "AnalysisId"), ("VPCConnection", "VPCConnectionId")):
        [its] = NESTED.get_resources([f"AWS::QuickSight::{kind}"]).values()
        assert its["Properties"][its_id] == of_this_stack
        assert "StackName" in str(its["Properties"]["Name"])


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
