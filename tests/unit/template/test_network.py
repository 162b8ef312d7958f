"""Both networks of the managed mode, and the modes without one, as CloudFormation would carry them out."""

import json
import re
from pathlib import Path

import networkx as nx
import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.session import get_session
from cfnlint.api import lint_file  # type: ignore[import-untyped]
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]

from tests.template import ROOT, break_it, read
from tests.unit.template import resolving, synthesis
from tests.unit.template.deletion import gone_before
from tests.unit.template.house import RULES
from tests.unit.template.networks import (
    MANAGED,
    MODES,
    addresses,
    as_template,
    interfaces,
    resources,
    written,
)
from tests.unit.template.resolving import template
from tests.unit.template.synthesis import synthesised

REGIONS: list[str] = template()["Rules"]["ManagedDatabaseIsTrusted"]["Assertions"][0]["Assert"][
    "Fn::Contains"
][0]
SERVICES = {
    "secretsmanager": "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "sqs": "AWS_ENDPOINT_URL_SQS",
    "events": "AWS_ENDPOINT_URL_EVENTBRIDGE",
    "sns": "AWS_ENDPOINT_URL_SNS",
    "states": "AWS_ENDPOINT_URL_SFN",
}
"""What functions of the network call besides S3 and Bedrock, and the SDK's variable for its address."""
_SDK_NAMES = {"states": "stepfunctions"}


@pytest.mark.parametrize("mode", ["egress, in both zones", "private", "in an existing network"])
def test_a_modes_template_passes_cfn_lint_and_the_house_rules(tmp_path: Path, mode: str) -> None:
    arguments = ManualArgs(append_rules=[str(ROOT / "tests" / "cfn_rules")], regions=["us-east-1"])
    # A parameter that no mode's branch uses is used by another's.
    matches = [
        m for m in lint_file(written(tmp_path, mode), arguments) if m.rule.id not in ("W2001", "W7001")
    ]

    assert [f"{match.rule.id} {match.message}" for match in matches] == []


@pytest.mark.parametrize("mode", MODES)
def test_nothing_of_the_network_is_deleted_before_the_schema_function_has_answered(
    mode: str,
) -> None:
    cfn = as_template(mode)
    kinds = {name: its["Type"] for name, its in cfn.get_resources().items()}

    assert not {name for name in gone_before(cfn, "Schema") if kinds[name].startswith("AWS::EC2::")}
    assert RULES["E9011"].match(cfn) == []
    assert ("AWS::EC2::VPC" in kinds.values()) == (mode in MANAGED)


@pytest.mark.parametrize(
    "mode, old, new, lost",
    [
        ("egress", "!Ref EgressRoute", "x", "EgressRoute"),
        ("egress", "!Ref EgressRule", "x", "EgressRule"),
        ("egress", "!Ref ModelEndpoint", "x", "ModelEndpoint"),
        ("private", "!Ref QueuesEndpoint", "x", "QueuesEndpoint"),
        # A reference that only the other mode has.
        ("egress", "!Ref ModelEndpoint", "!If [Private, !Ref ModelEndpoint, none]", "ModelEndpoint"),
        ("private", "!Ref SubnetBRoutes", "!If [Egress, !Ref SubnetBRoutes, none]", "SubnetBRoutes"),
        (
            "private",
            "!If [Private, !Ref StatesEndpoint",
            "!If [Egress, !Ref StatesEndpoint",
            "StatesEndpoint",
        ),
    ],
)
def test_what_a_mode_does_not_refer_to_is_found_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, old: str, new: str, lost: str
) -> None:
    broken = read(break_it(tmp_path, "Schema", old, new))
    monkeypatch.setattr(synthesis, "ours", lambda: broken)
    cfn = as_template(mode)

    found = [str(match.message) for match in RULES["E9011"].match(cfn)]

    assert f"Schema: {lost}, by which SchemaFunction answers, may be deleted before: refer to it" in found
    assert lost in gone_before(cfn, "Schema")


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_has_the_ways_to_aws_that_it_should(mode: str) -> None:
    private, both = mode.startswith("private"), mode.endswith("both zones")
    expected = {"bedrock-runtime", *(SERVICES if private else ())} if mode in MANAGED else set()
    gateway = resources(mode, "AWS::EC2::EgressOnlyInternetGateway")
    found = dict(interfaces(mode))

    assert found.keys() == expected
    assert all(subnets == (["SubnetA", "SubnetB"] if both else ["SubnetA"]) for subnets in found.values())
    assert bool(gateway) == mode.startswith("egress")
    assert addresses(**MODES[mode]).keys() == (set(SERVICES.values()) if gateway else set())
    kinds = {its["Type"] for its in synthesised(resolving.stack(**MODES[mode]))["Resources"].values()}
    assert not kinds & {"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::EIP"}


def test_egress_lets_functions_out_by_ipv6_and_https_alone() -> None:
    [route] = resources("egress", "AWS::EC2::Route").values()
    [rule] = resources("egress", "AWS::EC2::SecurityGroupEgress").values()
    groups = resources("egress", "AWS::EC2::SecurityGroup")

    assert route["DestinationIpv6CidrBlock"] == "::/0"
    assert "GatewayId" not in route
    assert (rule["GroupId"], rule["CidrIpv6"]) == ({"Ref": "FunctionSecurityGroup"}, "::/0")
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)
    assert "CidrIpv6" not in json.dumps(groups)
    assert resources("egress", "AWS::RDS::DBInstance")["Database"]["NetworkType"] == "IPV4"


@pytest.mark.parametrize("readers", [{}, {"ReadersCidr": "10.0.0.0/8"}, {"ReadersSecurityGroupId": "sg-0a"}])
def test_every_rule_of_a_security_group_is_described(readers: dict[str, str]) -> None:
    """Which checkov does not see where a rule hangs on a condition."""
    whole = synthesised(resolving.stack(**readers))["Resources"].values()
    groups = [its["Properties"] for its in whole if its["Type"] == "AWS::EC2::SecurityGroup"]
    rules = [its["Properties"] for its in whole if its["Type"] == "AWS::EC2::SecurityGroupEgress"] + [
        rule
        for its in groups
        for kind in ("Ingress", "Egress")
        for rule in its.get(f"SecurityGroup{kind}", [])
    ]

    assert len(groups) == 3
    assert len(rules) >= 7
    assert all(rule["Description"] for rule in rules)


@pytest.mark.parametrize("mode", MANAGED)
def test_subnets_have_the_same_addresses_in_either_network(mode: str) -> None:
    """A subnet cannot lose its block while functions hold addresses of it; no update may want that."""
    whole = synthesised(resolving.stack(**MODES[mode]))["Resources"]
    [block] = resources(mode, "AWS::EC2::VPCCidrBlock").values()

    assert block["AmazonProvidedIpv6CidrBlock"]
    for index, name in enumerate(("SubnetA", "SubnetB")):
        cut = {"Fn::Cidr": [{"Fn::Select": [0, {"Fn::GetAtt": ["Vpc", "Ipv6CidrBlocks"]}]}, 2, 64]}
        assert whole[name]["Properties"]["Ipv6CidrBlock"] == {"Fn::Select": [index, cut]}
        assert whole[name]["DependsOn"] == "Ipv6Block"
    assert resources(mode, "AWS::EC2::Subnet") == resources("egress", "AWS::EC2::Subnet")


@pytest.mark.parametrize(
    "new, way", [("private", "QueuesEndpoint"), ("egress", "EgressRoute"), ("egress", "EgressRule")]
)
def test_the_new_ways_stand_before_a_function_is_changed_to_use_them(new: str, way: str) -> None:
    """CloudFormation makes what a resource needs before it, and deletes the old ways after all else."""
    graph = as_template(new).graph.graph

    for function in resources(new, "AWS::Serverless::Function").keys() - {
        "SchemaFunction",
        "BreakerFunction",
    }:
        assert way in nx.descendants(graph, function), function


def test_a_private_network_has_no_way_out_by_ipv6() -> None:
    text = json.dumps(synthesised(resolving.stack(**MODES["private"]))["Resources"])

    for word in ("CidrIpv6", "DestinationIpv6CidrBlock", "EgressOnly", "AWS_ENDPOINT_URL"):
        assert word not in text
    for mode in ("private", "egress"):
        network = resources(mode, "AWS::Serverless::Function")["NotifyFunction"]["VpcConfig"]
        assert network["Ipv6AllowedForDualStack"] is (mode == "egress")


@pytest.mark.parametrize("region", REGIONS)
def test_each_address_is_the_one_that_botocore_knows_for_both_protocols(region: str) -> None:
    """Its rules for endpoints, which come from the services; the names differ, and so do they."""
    loader = get_session().get_component("data_loader")
    given = addresses(region)

    for service, variable in SERVICES.items():
        rules = loader.load_service_model(_SDK_NAMES.get(service, service), "endpoint-rule-set-1")
        provider = EndpointProvider(rules, loader.load_data("partitions"))
        resolved = provider.resolve_endpoint(Region=region, UseDualStack=True, UseFIPS=False)
        assert given[variable] == resolved.url


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_asks_the_address_it_is_given_and_signs_for_the_region(
    monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    address = addresses("eu-central-1")[SERVICES[service]]
    monkeypatch.setenv(SERVICES[service], address)

    client = get_session().create_client(
        _SDK_NAMES.get(service, service),
        region_name="eu-central-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )

    assert client.meta.endpoint_url == address
    assert client.meta.region_name == "eu-central-1"


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_elsewhere_the_network_is_private(region: str) -> None:
    assert resolving.holds("Private", resolving.stack(region))
    assert addresses(region) == {}


def test_every_service_that_a_function_of_the_network_calls_has_its_way() -> None:
    """The breaker is outside of it."""
    source = "".join(
        path.read_text()
        for room in ("services", "shared")
        for path in (ROOT / room).rglob("*.py")
        if "breaker" not in path.parts
    )
    called = set(re.findall(r"""\b_?client\(\s*"([a-z0-9-]+)\"""", source))

    assert {"sqs", "events", "s3", "stepfunctions"} <= called
    assert {{"stepfunctions": "states"}.get(name, name) for name in called} <= SERVICES.keys() | {
        "s3",
        "bedrock-runtime",
    }


@pytest.mark.parametrize("one, other", [("egress", "private"), ("private", "egress")])
def test_no_way_of_before_is_taken_from_a_function_that_still_needs_it(one: str, other: str) -> None:
    """An update changes a function's network before the function; resources go at its end."""
    before, after = (synthesised(resolving.stack(**MODES[mode]))["Resources"] for mode in (one, other))
    common = {name for name in before.keys() & after.keys() if before[name]["Type"].startswith("AWS::EC2::")}

    assert {"Vpc", "SubnetA", "FunctionSecurityGroup", "ModelEndpoint", "StorageEndpoint"} <= common
    assert {name for name in common if before[name] != after[name]} == set()
