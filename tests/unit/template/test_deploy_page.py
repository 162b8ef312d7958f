"""docs/deploy.md says what the template does: its regions, its parameters, the rules that refuse."""

import re

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from tests.template import ROOT, ours, read
from tests.unit.template.resolving import stack, template
from tests.unit.template.synthesis import synthesised

REGIONS: list[str] = template()["Rules"]["ManagedDatabaseIsTrusted"]["Assertions"][0]["Assert"][
    "Fn::Contains"
][0]
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
    [told] = re.findall(r"in these regions and\s+in (.+?)\. In ", PAGE, re.DOTALL)
    beyond = set(re.findall(r"[a-z]+-[a-z]+-\d", told))
    assert set(REGIONS) == beyond | template()["Mappings"]["InferenceProfiles"].keys()


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


@pytest.mark.parametrize(
    "page, said, kind",
    [
        ("quicksight.md", r"all of QuickSight in (.+?); elsewhere", "AWS::QuickSight::"),
        ("email.md", r"no receipt rules\s+in (.+?); it", "AWS::SES::"),
    ],
)
def test_a_page_names_the_regions_that_lack_what_it_is_about(page: str, said: str, kind: str) -> None:
    whole = [*ours().get_resources().values(), *read(ROOT / "quicksight.yaml").get_resources().values()]
    needed = {its["Type"] for its in whole if its["Type"].startswith(kind)}
    [told] = re.findall(said, (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)

    lacking = {r for r in REGIONS if needed - set(PROVIDER_SCHEMA_MANAGER.get_resource_types(r))}
    assert set(re.findall(r"[a-z]+-[a-z]+-\d", told)) == lacking


@pytest.mark.parametrize("region", REGIONS)
def test_cloudformation_has_all_else_in_every_region_of_the_managed_database(region: str) -> None:
    needed = {its["Type"] for its in ours().get_resources().values()}
    ours_or_elsewhere = ("Custom::", "AWS::Serverless::", "AWS::SES::")

    lacking = needed - set(PROVIDER_SCHEMA_MANAGER.get_resource_types(region))
    assert {kind for kind in lacking if not kind.startswith(ours_or_elsewhere)} == set()
