"""docs/deploy.md says what the template does: its regions, its parameters, the rules that refuse."""

import re

import pytest

from tests.template import ROOT
from tests.unit.template.resolving import stack, template
from tests.unit.template.synthesis import synthesised

PAGE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
PARAMETERS = sorted(
    set(
        re.findall(
            r"`((?:Database|Managed|Model|Embedding|Notification|Availability|Net)[A-Za-z]+)(?:=\w+)?`", PAGE
        )
    )
)


def test_the_page_tells_of_each_region_by_which_profile_it_asks_the_model() -> None:
    rows = re.findall(r"^\| ([a-z0-9, -]+) \| `(\w+)\.` \|", PAGE, re.MULTILINE)
    told = {region: prefix for regions, prefix in rows for region in regions.split(", ")}

    mapping = template()["Mappings"]["InferenceProfiles"]
    assert told == {region: row["Prefix"] for region, row in mapping.items()}


def test_the_page_tells_of_the_regions_that_have_a_managed_database_and_no_default_model() -> None:
    [assertion] = template()["Rules"]["ManagedDatabaseIsTrusted"]["Assertions"]
    regions = set(assertion["Assert"]["Fn::Contains"][0])

    [told] = re.findall(r"in these regions and\s+in (.+?)\. In ", PAGE, re.DOTALL)
    beyond = set(re.findall(r"[a-z]+-[a-z]+-\d", told))
    assert regions == beyond | template()["Mappings"]["InferenceProfiles"].keys()


@pytest.mark.parametrize("name", PARAMETERS)
def test_what_the_page_tells_one_to_set_can_be_set(name: str) -> None:
    known = template()["Parameters"].keys() | template()["Rules"].keys()

    assert name in known


def test_the_page_names_the_parameters_of_a_database_that_is_there() -> None:
    assert {"DatabaseSubnetIds", "DatabaseSecurityGroupIds", "DatabaseTls", "ManagedDatabase"} <= set(
        PARAMETERS
    )


def test_the_page_counts_the_interface_endpoints_of_both_networks() -> None:
    [told] = re.findall(r"^\| interface endpoints, .* \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)

    assert [int(number) for number in told] == [
        sum(
            1
            for its in synthesised(stack(Network=network))["Resources"].values()
            if its["Type"] == "AWS::EC2::VPCEndpoint" and its["Properties"]["VpcEndpointType"] == "Interface"
        )
        for network in ("egress", "private")
    ]
