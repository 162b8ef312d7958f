"""Where functions and the database are in each mode, and by which logins they meet."""

import hashlib
import json
import string

import pytest

from tests.template import ours, properties, resources
from tests.unit.template import resolving
from tests.unit.template.functions import FUNCTIONS, environment


def test_functions_ask_the_managed_database_for_tls() -> None:
    for function in FUNCTIONS.keys() - {"BreakerFunction"}:
        assert environment(function)["DATABASE_TLS"]["Fn::If"][:2] == ["Managed", "true"]


def test_the_private_network_has_no_way_out_but_to_the_services_that_the_functions_call() -> None:
    services = {
        endpoint["ServiceName"]["Fn::Join"][1][-1]
        for endpoint in properties("AWS::EC2::VPCEndpoint").values()
    }

    assert not resources("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway")
    assert services == {"s3", "secretsmanager", "sqs", "events", "bedrock-runtime", "sns", "states"}


def test_what_belongs_to_the_managed_mode_hangs_on_its_condition() -> None:
    kinds = ("AWS::EC2::", "AWS::RDS::")
    for name, resource in ours().get_resources().items():
        if resource["Type"].startswith(kinds):
            assert resource.get("Condition") in ("Managed", "Egress", "Private"), name
    for given in ({"Network": "egress"}, {"Network": "private"}):
        external = resolving.stack(ManagedDatabase="false", **given)
        assert not any(resolving.holds(name, external) for name in ("Managed", "Egress", "Private"))


SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:a"
EXTERNAL = {"ManagedDatabase": "false", "DatabaseHost": "db.example.com", "DatabaseSecretArn": SECRET}
EXISTING = ("ExistingNetworkIsWhole", "ExistingNetworkHasSubnets")
MANAGED = {"SubnetIds": ["SubnetA", "SubnetB"], "SecurityGroupIds": ["FunctionSecurityGroup"]}
SUBNETS = {"DatabaseSubnetIds": "subnet-0a,subnet-0b", "DatabaseSecurityGroupIds": "sg-0a"}


@pytest.mark.parametrize(
    "given, network",
    [
        ({}, MANAGED | {"Ipv6AllowedForDualStack": True}),
        ({"Network": "private"}, MANAGED | {"Ipv6AllowedForDualStack": False}),
        (EXTERNAL, resolving.NOTHING),
        (EXTERNAL | SUBNETS, {"SubnetIds": ["subnet-0a", "subnet-0b"], "SecurityGroupIds": ["sg-0a"]}),
        (
            EXTERNAL | {"DatabaseSubnetIds": "subnet-0a", "DatabaseSecurityGroupIds": "sg-0a,sg-0b"},
            {"SubnetIds": ["subnet-0a"], "SecurityGroupIds": ["sg-0a", "sg-0b"]},
        ),
    ],
    ids=[
        "managed",
        "managed and private",
        "reached from anywhere",
        "in a private network",
        "with two groups",
    ],
)
def test_functions_are_where_their_database_is_and_may_be(given: dict[str, str], network: object) -> None:
    stack = resolving.stack(**given)
    config = resolving.template()["Globals"]["Function"]["VpcConfig"]

    found = resolving.resolve(config, stack)

    if isinstance(found, dict):
        found = {name: resolving.resolve(ids, stack) for name, ids in found.items()}
    assert found == network
    assert resolving.holds("InNetwork", stack) == (network != resolving.NOTHING)
    assert resolving.template()["Resources"]["NetworkPolicy"]["Condition"] == "InNetwork"


def refused(**given: str) -> list[str]:
    """What the rules about the database say of these parameters."""
    stack = resolving.stack(**given)
    rules = resolving.template()["Rules"]
    return [
        assertion["AssertDescription"]
        for name in ("ExternalDatabaseIsNamed", "ManagedDatabaseIsMeant", *EXISTING)
        if resolving.resolve(rules[name]["RuleCondition"], stack)
        for assertion in rules[name]["Assertions"]
        if not resolving.resolve(assertion["Assert"], stack)
    ]


def test_a_network_is_given_whole_and_only_for_a_database_that_is_there() -> None:
    assert refused() == refused(**EXTERNAL) == refused(**EXTERNAL, **SUBNETS) == []
    assert len(refused(**EXTERNAL, DatabaseSubnetIds="subnet-0a")) == 1
    assert len(refused(**EXTERNAL, DatabaseSecurityGroupIds="sg-0a")) == 1
    assert len(refused(**SUBNETS)) == 1


THERE = "are for a database that is there, with ManagedDatabase=false"
MANAGED_ONLY = "are for the managed database"


@pytest.mark.parametrize(
    "given, said",
    [
        # Who forgets ManagedDatabase=false would get a VPC and an empty RDS.
        ({"DatabaseHost": "db.example.com"}, THERE),
        ({"DatabaseSecretArn": SECRET}, THERE),
        ({"DatabaseFunctionsSecretArn": SECRET}, THERE),
        (EXTERNAL | {"ReadersCidr": "10.0.0.0/8"}, MANAGED_ONLY),
        (EXTERNAL | {"ReadersSecurityGroupId": "sg-0a"}, MANAGED_ONLY),
        (EXTERNAL | {"QuickSightPrincipalArn": "arn:aws:quicksight:a"}, MANAGED_ONLY),
        ({"ManagedDatabase": "false", "DatabaseHost": "a"}, "DatabaseSecretArn is needed"),
        ({"ManagedDatabase": "false", "DatabaseSecretArn": SECRET}, "DatabaseHost is needed"),
    ],
)
def test_what_the_other_kind_of_database_would_pass_over_in_silence_is_refused(
    given: dict[str, str], said: str
) -> None:
    [sentence] = refused(**given)

    assert said in sentence


@pytest.mark.parametrize(
    "given, zones",
    [
        ("", ["us-east-1a", "us-east-1b"]),
        ("us-east-1c,us-east-1f", ["us-east-1c", "us-east-1f"]),
    ],
)
def test_the_subnets_are_in_the_zones_that_are_named_or_in_the_first_two(
    given: str, zones: list[str]
) -> None:
    stack = resolving.stack(AvailabilityZones=given)
    subnets = (resolving.properties(name)["AvailabilityZone"] for name in ("SubnetA", "SubnetB"))

    assert [resolving.resolve(zone, stack) for zone in subnets] == zones


def test_passwords_have_every_kind_of_character_that_a_server_may_demand_and_readers_can_type_theirs() -> (
    None
):
    """A database that is there may want a special one (validate_password, simple_password_check)."""
    drawn = {
        name: its["GenerateSecretString"] for name, its in properties("AWS::SecretsManager::Secret").items()
    }

    assert drawn.keys() == {"FunctionsSecret", "ReadersSecret"}
    for its in drawn.values():
        assert its["PasswordLength"] == 32
        assert its.keys() <= {
            "SecretStringTemplate",
            "GenerateStringKey",
            "PasswordLength",
            "ExcludeCharacters",
        }
    # Those that a URL and a shell take as they are.
    assert set(string.punctuation) - set(drawn["ReadersSecret"]["ExcludeCharacters"]) == set("-_")


def test_who_changes_how_passwords_are_drawn_has_the_logins_made_anew() -> None:
    """CloudFormation then draws others, of which the database hears by the schema function alone."""
    drawn = [its["GenerateSecretString"] for its in properties("AWS::SecretsManager::Secret").values()]
    digest = hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()[:8]

    assert properties("Custom::Schema")["Schema"]["PasswordsDrawn"] == digest


@pytest.mark.parametrize(
    "given, begins",
    [
        ({}, "insights"),
        ({"DatabaseName": "x" * 63}, "insights"),
        (EXTERNAL, "insights"),
        (EXTERNAL | {"DatabaseName": "shop_feedback"}, "shop_feedback"),
    ],
)
def test_a_managed_databases_users_have_names_that_mysql_takes_and_others_do_not_meet(
    given: dict[str, str], begins: str
) -> None:
    """MySQL takes 32 characters. On a server that is there, stacks of other databases have users, too."""
    for secret, end in (("FunctionsSecret", "functions"), ("ReadersSecret", "readers")):
        its = properties("AWS::SecretsManager::Secret")[secret]["GenerateSecretString"]
        login = json.loads(resolving.resolve(its["SecretStringTemplate"], resolving.stack(**given)))

        assert login == {"username": f"{begins}_{end}"}
        assert len(login["username"]) <= 32
