"""What CloudFormation deletes before a function of ours has answered it, by the template's graph."""

from pathlib import Path

import pytest
from cfnlint.template import Template  # type: ignore[import-untyped]

from tests.template import break_it, ours, read
from tests.unit.template.deletion import gone_before

CALLED = {
    name: resource["Properties"]["ServiceToken"]["Fn::GetAtt"][0]
    for name, resource in ours().get_resources().items()
    if resource["Type"].startswith("Custom::")
}


def kinds(cfn: Template, names: set[str]) -> set[str]:
    return {cfn.get_resources()[name]["Type"] for name in names}


def test_cloudformation_calls_one_function() -> None:
    assert CALLED == {"Schema": "SchemaFunction"}


@pytest.mark.parametrize("custom", CALLED)
def test_a_called_function_keeps_its_network_its_rights_its_log_and_its_key(custom: str) -> None:
    gone = gone_before(ours(), custom)

    assert {"IngestFunction", "IngestRole", "ApiLogGroup", "Topic", "Dashboard"} <= gone
    assert not {
        kind for kind in kinds(ours(), gone) if kind.startswith(("AWS::EC2::", "AWS::KMS::", "AWS::RDS::"))
    }
    role = CALLED[custom].removesuffix("Function") + "Role"
    its = {CALLED[custom], role, CALLED[custom].removesuffix("Function") + "LogGroup", "SharedLayer"}
    assert not gone & (
        its | {name for name in ours().get_resources() if name in ("TracingPolicy", "NetworkPolicy")}
    )


@pytest.mark.parametrize(
    "reference, lost",
    [
        ("!Ref SubnetARoutes", "SubnetARoutes"),
        ("!Ref SubnetBRoutes", "SubnetBRoutes"),
        ("!Ref StorageEndpoint", "StorageEndpoint"),
        ("!Ref StatesEndpoint", "StatesEndpoint"),
        ("!Ref EgressRoute", "EgressRoute"),
    ],
)
def test_without_its_reference_a_way_out_would_be_gone(tmp_path: Path, reference: str, lost: str) -> None:
    assert lost in gone_before(read(break_it(tmp_path, "Schema", reference, "x")), "Schema")


def test_what_is_kept_when_the_stack_goes_does_not_outlive_a_creation_that_failed() -> None:
    """A second attempt would make another of each; the first ones, and the key's price, would stay."""
    policies = {name: resource.get("DeletionPolicy") for name, resource in ours().get_resources().items()}

    assert "Retain" not in policies.values()
    kept = {name for name, policy in policies.items() if policy == "RetainExceptOnCreate"}
    assert kept == {"Key", "DataBucket", "DataBucketPolicy", "AccessLogBucket", "AccessLogBucketPolicy"}
    assert policies["Database"] == "Snapshot"
    assert ours().template["Parameters"]["DatabaseDeletionProtection"]["Default"] == "false"


def test_a_bucket_that_is_kept_keeps_its_policy() -> None:
    """Else files could be fetched without TLS once the stack is gone, and nobody would log who did."""
    buckets = ours().get_resources(["AWS::S3::Bucket"])
    policies = ours().get_resources(["AWS::S3::BucketPolicy"]).values()
    of = {policy["Properties"]["Bucket"]["Ref"]: policy for policy in policies}

    assert of.keys() == buckets.keys() == {"DataBucket", "AccessLogBucket"}
    for name, bucket in buckets.items():
        for what in ("DeletionPolicy", "UpdateReplacePolicy"):
            assert of[name][what] == bucket[what]
