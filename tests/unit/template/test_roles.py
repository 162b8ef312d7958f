"""What each function's role allows, and no more."""

import json

import pytest

from tests.unit.template.functions import FUNCTIONS, SETTINGS, environment, listed, policies


def test_no_statement_allows_every_action_of_a_service() -> None:
    for name, statement in policies():
        assert statement["Effect"] == "Allow"
        assert not [a for a in listed(statement["Action"]) if a.endswith("*")], name


def test_each_role_belongs_to_one_function() -> None:
    roles = [json.dumps(function["Role"]) for function in FUNCTIONS.values()]

    assert len(set(roles)) == len(roles)


@pytest.mark.parametrize("function", SETTINGS)
def test_a_function_may_use_the_queues_and_read_from_the_bucket_that_it_is_told_of_and_no_others(
    function: str,
) -> None:
    role = function.removesuffix("Function") + "Role"
    uses = {
        action: {resource["Fn::GetAtt"][0] for resource in listed(statement["Resource"])}
        for name, statement in policies()
        if name == role
        for action in listed(statement["Action"])
        if action in ("sqs:SendMessage", "sqs:ChangeMessageVisibility")
        # What it reads by a mapping it is not told of; the sweeper looks at how long other queues are.
        or (action == "sqs:GetQueueAttributes" and statement["Sid"] != "Receive")
    }
    told = {
        value["Ref"]
        for key, value in environment(function).items()
        if key.endswith(("QUEUE_URL", "OWN_QUEUE"))
    }

    # A function is told of its own queue, too, if it wants a message back sooner.
    assert set().union(*uses.values()) == told
    buckets = [s for n, s in policies() if n == role and str(s["Action"]).find("s3:") >= 0]
    # Curate has the bucket's name from S3's event.
    assert bool(buckets) == ("DATA_BUCKET" in environment(function) or function == "CurateFunction")


@pytest.mark.parametrize("function", ["IngestFunction", "NotifyFunction", "CurateFunction"])
def test_a_function_that_meets_an_outage_may_send_a_fresh_copy_to_its_own_queue(function: str) -> None:
    own = function.removesuffix("Function") + "Queue"
    sends_to = {
        resource["Fn::GetAtt"][0]
        for name, statement in policies()
        if name == function.removesuffix("Function") + "Role"
        and "sqs:SendMessage" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }

    assert own in sends_to
    assert {"Ref": own} in environment(function).values()


@pytest.mark.parametrize("function", SETTINGS)
def test_a_function_may_receive_from_the_queues_that_it_reads(function: str) -> None:
    role = function.removesuffix("Function") + "Role"
    receives = {
        resource["Fn::GetAtt"][0]
        for name, statement in policies()
        if name == role and "sqs:ReceiveMessage" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    events = FUNCTIONS[function].get("Events", {}).values()

    assert receives == {e["Properties"]["Queue"]["Fn::GetAtt"][0] for e in events if e["Type"] == "SQS"}
