"""Scenarios of what asks the model: classify, its dead letters, the breaker, categorize; and of the sweep."""

from __future__ import annotations

import json
import secrets
import time

from tests.iam import seeds
from tests.iam.bench import Bench
from tests.iam.scenarios import copy_while_away, gains, needs

DIRECT = {"feedback": seeds.TEXT}
OPEN = {"circuit": "open", "cause": "ServiceUnavailableException"}


def one_row_to_come(bench: Bench) -> str:
    return seeds.execution(bench, "classifying", accepted=1, rows_read=1)


@needs("ClassifyRole Send sqs:SendMessage FeedbackQueue")
def feedback_waits_while_the_database_is_away(bench: Bench) -> bool:
    return copy_while_away(bench, "ClassifyFunction", "FeedbackQueue", DIRECT | {"id": secrets.token_hex(8)})


@needs("ClassifyRole Send sqs:SendMessage NotifyQueue")
def people_hear_that_a_budget_is_reached(bench: Bench) -> bool:
    message = seeds.file_message(one_row_to_come(bench))
    with bench.environment("ClassifyFunction", EXECUTION_BUDGET_USD="0.000000001"):
        return gains(
            bench, "NotifyQueue", lambda: bench.deliver("ClassifyFunction", "FeedbackQueue", message)
        )


@needs(
    "ClassifyRole Publish events:PutEvents Bus",
    "ClassifyRole DatabasePolicy secretsmanager:GetSecretValue the functions' login",
)
def the_bus_hears_that_all_is_classified(bench: Bench) -> bool:
    execution_id = one_row_to_come(bench)
    bench.deliver("ClassifyFunction", "FeedbackQueue", seeds.file_message(execution_id))
    return bench.announced(execution_id, "ExecutionClassified")


@needs(
    "ClassifyDeadLettersRole Publish events:PutEvents Bus",
    "ClassifyDeadLettersRole DatabasePolicy secretsmanager:GetSecretValue the functions' login",
)
def the_bus_hears_that_the_last_row_failed(bench: Bench) -> bool:
    execution_id = one_row_to_come(bench)
    message = seeds.file_message(execution_id)
    bench.deliver("ClassifyDeadLettersFunction", "FeedbackDeadLetterQueue", message)
    return bench.announced(execution_id, "ExecutionClassified")


FEEDBACK_MAPPING = "event-source-mapping:${ClassifyFunctionFeedback}"
_LAMBDA = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}"
_SSM = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}"
_PARAMETER = f"{_SSM}:parameter/feedback-insights/${{AWS::StackName}}/breaker"
_TOLD = f"{_SSM}:parameter/feedback-insights/${{AWS::StackName}}/lifecycle"


@needs(
    f"BreakerRole Remember ssm:GetParameter {_PARAMETER}",
    f"BreakerRole Remember ssm:PutParameter {_PARAMETER}",
    "BreakerRole Publish events:PutEvents Bus",
    f"BreakerRole SwitchTheMappings lambda:GetEventSourceMapping {_LAMBDA}:{FEEDBACK_MAPPING}",
)
def the_breaker_closes_when_the_model_answers(bench: Bench) -> bool:
    ssm, name = bench.stack.client("ssm"), bench.physical("BreakerState")
    ssm.put_parameter(Name=name, Value=json.dumps(OPEN), Type="String", Overwrite=True)
    bench.deliver("BreakerFunction", "BreakerQueue", {"kind": "probe"})
    state = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    mapping = "ClassifyFunctionFeedback"
    closed = state["circuit"] == "closed" and bench.is_on(mapping)
    bench.switch(mapping, on=False)
    return closed


@needs(f"BreakerRole Remember ssm:GetParameter {_TOLD}", f"BreakerRole Remember ssm:PutParameter {_TOLD}")
def what_is_told_of_a_model_that_ends_is_remembered(bench: Bench) -> bool:
    ssm, name = bench.stack.client("ssm"), bench.physical("LifecycleState")
    ssm.put_parameter(Name=name, Value="{}", Type="String", Overwrite=True)
    bench.world.model("PUT", "/lifecycle", [{"pattern": "*"}])
    bench.deliver("BreakerFunction", "BreakerQueue", {"kind": "lifecycle"})
    bench.world.model("PUT", "/lifecycle", [])
    return bool(json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"]).get("told"))


@needs("CategorizeRole Send sqs:SendMessage CategorizeQueue")
def a_discovery_waits_while_the_database_is_away(bench: Bench) -> bool:
    body = seeds.event("ExecutionClassified", "iam-none", "classified")
    return copy_while_away(bench, "CategorizeFunction", "CategorizeQueue", body)


@needs(
    "CategorizeRole Publish events:PutEvents Bus",
    "CategorizeRole DatabasePolicy secretsmanager:GetSecretValue the functions' login",
)
def the_bus_hears_that_discovery_is_over(bench: Bench) -> bool:
    execution_id = seeds.execution(bench, "classified", accepted=1, rows_read=1, labelled=1)
    body = seeds.event("ExecutionClassified", execution_id, "classified")
    bench.deliver("CategorizeFunction", "CategorizeQueue", body)
    return bench.announced(execution_id, "ExecutionCategorized")


# --- the sweep


def swept(bench: Bench) -> None:
    bench.deliver("SweepFunction", "SweepQueue", {"kind": "sweep"})


@needs("SweepRole Send sqs:SendMessage IngestQueue")
def a_slice_that_was_left_over_goes_on(bench: Bench) -> bool:
    execution_id = seeds.left_over(bench, "ingest", "ContinueIngest")
    swept(bench)
    return bench.announced(execution_id, "ContinueIngest")


@needs("SweepRole Send sqs:SendMessage NotifyQueue")
def a_notice_that_was_left_over_is_sent(bench: Bench) -> bool:
    execution_id = seeds.left_over(bench, "notify", "Notice")
    swept(bench)
    return bench.announced(execution_id, "Notice")


@needs(
    "SweepRole Publish events:PutEvents Bus",
    "SweepRole DatabasePolicy secretsmanager:GetSecretValue the functions' login",
)
def an_event_that_was_left_over_is_published(bench: Bench) -> bool:
    execution_id = seeds.left_over(bench, "bus", "ExecutionStarted")
    swept(bench)
    return bench.announced(execution_id, "ExecutionStarted")


@needs("SweepRole LookForUntakenFiles s3:ListBucketVersions DataBucket")
def a_file_whose_event_was_lost_is_read(bench: Bench) -> bool:
    bench.upload(f"incoming/iam-{secrets.token_hex(4)}.csv", f"feedback\n{seeds.TEXT}\n")
    bench.world.sqs.purge_queue(QueueUrl=bench.url("IngestQueue"))
    with bench.environment("SweepFunction", STALLED_AFTER_SECONDS="1"):
        time.sleep(1.5)
        order = {"kind": "take_untaken"}
        return gains(bench, "IngestQueue", lambda: bench.deliver("SweepFunction", "SweepQueue", order))


@needs("SweepRole Send sqs:SendMessage FeedbackQueue")
def a_parked_row_goes_on(bench: Bench) -> bool:
    execution_id = seeds.execution(bench, "classifying", accepted=1, rows_read=1, parked=1)
    seeds.feedback(bench, execution_id, status="parked", parked_cause="budget", label_llm=None)
    return gains(bench, "FeedbackQueue", lambda: swept(bench))


def is_pushed(bench: Bench, status: str, event_type: str) -> bool:
    """Whether the sweep looks at the queue of this stage, and repeats what an old execution waits for."""
    execution_id = seeds.execution(bench, status, accepted=1, rows_read=1)
    older = "UPDATE execution SET last_progress_at = NOW(3) - INTERVAL 2 DAY WHERE execution_id = %s"
    bench.world.execute(older, execution_id)
    swept(bench)
    return bench.announced(execution_id, event_type)


@needs("SweepRole LookAtBacklogs sqs:GetQueueAttributes IngestQueue")
def a_file_that_is_not_read_on_is_pushed(bench: Bench) -> bool:
    return is_pushed(bench, "receiving", "ContinueIngest")


@needs("SweepRole LookAtBacklogs sqs:GetQueueAttributes FeedbackQueue")
def a_file_whose_rows_do_not_come_is_pushed(bench: Bench) -> bool:
    return is_pushed(bench, "classifying", "SendMissing")


@needs("SweepRole LookAtBacklogs sqs:GetQueueAttributes CategorizeQueue")
def a_file_without_discovery_is_pushed(bench: Bench) -> bool:
    return is_pushed(bench, "classified", "ExecutionClassified")


@needs("SweepRole LookAtBacklogs sqs:GetQueueAttributes NotifyQueue")
def a_file_without_report_is_pushed(bench: Bench) -> bool:
    return is_pushed(bench, "categorized", "ExecutionCategorized")
