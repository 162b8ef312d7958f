"""The custom resource that migrates the database while the stack is deployed, and makes the functions' login.

Run by hand, with any event that no deployment sent, it does the same: so a new password in the functions'
secret becomes that of their user.
"""

from functools import cache
from typing import Any

from services.schema.answer import Answer, send
from services.schema.deadline import Deadline
from services.schema.up_to_date import bring_up_to_date
from services.schema.whole_numbers import refuse_fractions
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import Telemetry

telemetry = Telemetry("schema")
logger = telemetry.logger

_SECONDS_TO_ANSWER = 10.0


@cache
def _database() -> Database:
    return open_database(timeout=900, announces=False)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> None:
    """Answers CloudFormation in every case: without an answer the deployment would hang."""
    if "ResponseURL" not in event:
        _bring_up_to_date(_database())
        return
    seconds = context.get_remaining_time_in_millis() / 1000 - _SECONDS_TO_ANSWER
    late = Answer.failure("the migrations did not end in time")
    with Deadline(seconds, lambda: send(event, late)) as deadline:
        answer = _carry_out(event)
        if deadline.met():
            send(event, answer)


def _carry_out(event: dict[str, Any]) -> Answer:
    if event["RequestType"] == "Delete":
        # Nothing is ever dropped: the feedback outlives the stack.
        return Answer.success({"Applied": ""})
    try:
        refuse_fractions(event.get("ResourceProperties", {}).get("WholeNumbers", {}))
        applied = _bring_up_to_date(_database())
    except Exception as error:
        # CloudFormation waits for an answer whatever went wrong, and rolls back when it hears of it.
        logger.exception("The schema could not be brought up to date")
        return Answer.failure(f"{type(error).__name__}: {error}")
    return Answer.success({"Applied": ",".join(map(str, applied))})


def _bring_up_to_date(database: Database) -> list[int]:
    done = bring_up_to_date(database)
    logger.info("The schema is up to date", **done._asdict())
    return done.applied
