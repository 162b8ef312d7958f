"""Lambda: the REST API."""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.api import feedback, queue
from services.api.executions import find_state
from services.api.reports import ExpiredLink, UnknownLink, report_key, signed_url
from services.api.settings import ApiSettings
from shared.contracts.base import Contract
from shared.contracts.errors import InsightsError, TransientError
from shared.contracts.records import ExecutionId
from shared.platform.database import Database
from shared.platform.database_secret import open_database
from shared.platform.telemetry import make_logger, make_metrics, make_tracer, note_failure

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

SERVICE = "api"
_EXECUTION_ID: TypeAdapter[str] = TypeAdapter(ExecutionId)

_IMPATIENT = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})

logger = make_logger(SERVICE)
metrics = make_metrics(SERVICE)
tracer = make_tracer(SERVICE)
app = APIGatewayRestResolver()


class RequestFailed(InsightsError):
    """Something went wrong that nobody thought of; API Gateway answers with 502."""


class Accepted(Contract):
    """The answer to feedback that was taken."""

    accepted: int
    ids: tuple[str, ...]


class Refused(Contract):
    """The answer to a request that was not."""

    message: str
    errors: tuple[feedback.Fault, ...] = ()
    not_accepted: tuple[str, ...] = ()
    """Ids to send again; all others of the request were taken, and sending them again does no harm."""


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers one request. The event is never logged: it holds customers' words and reports' tokens."""
    metrics.add_metric("Requests", MetricUnit.Count, 1)
    try:
        return app.resolve(event, context)
    except Exception as error:  # noqa: BLE001  # Lambda logs what is raised, and its text may quote a customer
        note_failure(logger, error)
        raise RequestFailed("a request was not answered") from None


@app.post("/feedback")
def post_feedback() -> Response[str]:
    """Takes 1 to 100 records."""
    request = app.current_event
    body = feedback.read_body(request.body, is_base64=bool(request.is_base64_encoded))
    records = feedback.read_records(body)
    not_sent = queue.send(sqs(), settings().feedback_queue_url, records)
    metrics.add_metric("FeedbackAccepted", MetricUnit.Count, len(records) - len(not_sent))
    if not_sent:
        logger.warning("SQS did not take records", rows=len(not_sent), causes=sorted(set(not_sent.values())))
        message = "some records were not accepted: send them again, with these ids"
        return _answer(503, Refused(message=message, not_accepted=tuple(not_sent)))
    return _answer(202, Accepted(accepted=len(records), ids=tuple(record.id for record in records)))


@app.get("/executions/<execution_id>")
def get_execution(execution_id: str) -> Response[str]:
    """How far an execution is."""
    try:
        _EXECUTION_ID.validate_python(execution_id)
    except ValidationError:
        return _no_execution()
    logger.append_keys(execution_id=execution_id)
    state = find_state(database(), execution_id)
    return _no_execution() if state is None else _answer(200, state)


@app.get("/reports/<token>")
def get_report(token: str) -> Response[str]:
    """Redirects to the report."""
    now = datetime.now(UTC).replace(tzinfo=None)
    key = report_key(database(), token, now)
    url = signed_url(s3(), settings().data_bucket, key, settings().report_url_seconds)
    headers = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(status_code=302, content_type="text/plain", body="", headers=headers)


def refuse(error: InsightsError) -> Response[str]:
    """Each error's status, and what to do about it."""
    match error:
        case feedback.Invalid():
            message = "nothing was accepted: mend these and send again"
            return _answer(422, Refused(message=message, errors=error.faults))
        case feedback.BodyTooLarge():
            return _answer(413, Refused(message=str(error)))
        case feedback.BadBody():
            return _answer(400, Refused(message=str(error)))
        case UnknownLink():
            return _answer(404, Refused(message="there is no such report"))
        case ExpiredLink():
            return _answer(410, Refused(message="this link has expired: ask for a new one"))
        case TransientError():
            logger.warning("a request was not answered", error=type(error).__name__)
            return _answer(503, Refused(message="not available right now: try again"))
    raise error


app.exception_handler(InsightsError)(refuse)


@cache
def settings() -> ApiSettings:
    """The environment, read once."""
    return ApiSettings.read()


@cache
def database() -> Database:
    """MySQL, connected on first use."""
    return open_database(announces=False)


@cache
def sqs() -> "SQSClient":
    """SQS, with time-outs that leave time for an answer."""
    return boto3.client("sqs", config=_IMPATIENT)


@cache
def s3() -> "S3Client":
    """S3, signing with version 4, as all regions and KMS demand."""
    return boto3.client("s3", config=Config(signature_version="s3v4"))


def _no_execution() -> Response[str]:
    return _answer(404, Refused(message="there is no such execution"))


def _answer(status: int, body: BaseModel) -> Response[str]:
    return Response(
        status_code=status,
        content_type="application/json",
        body=body.model_dump_json(),
        headers={"Cache-Control": "no-store"},
    )
