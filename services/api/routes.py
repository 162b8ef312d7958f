"""The routes of the REST API, and the HTTP status of each error."""

from datetime import UTC, datetime
from functools import partial

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.api import feedback, queue, versions
from services.api.dependencies import Dependencies
from services.api.executions import find_state
from services.api.reports import ExpiredLink, UnknownLink, report_key, signed_url
from services.api.rows import find_row
from shared.contracts.base import Contract
from shared.contracts.errors import InsightsError, TransientError
from shared.contracts.records import ExecutionId
from shared.contracts.taken import FeedbackTaken, VersionStatus

_EXECUTION_ID: TypeAdapter[str] = TypeAdapter(ExecutionId)


class Refused(Contract):
    """The body of an error answer."""

    message: str
    errors: tuple[feedback.Fault, ...] = ()
    not_accepted: tuple[str, ...] = ()
    """Ids to send again; the others were taken. Sending those again, too, is safe."""


def make_app(deps: Dependencies) -> APIGatewayRestResolver:
    """The routes."""
    app = APIGatewayRestResolver()
    app.post("/feedback")(lambda: take_feedback(deps, app.current_event))
    app.get("/feedback/<row_id>")(lambda row_id: show_row(deps, row_id))
    app.get("/executions/<execution_id>")(lambda execution_id: show_execution(deps, execution_id))
    app.get("/reports/<token>")(lambda token: open_report(deps, token))
    app.exception_handler(InsightsError)(partial(refuse, deps))
    return app


def take_feedback(deps: Dependencies, request: APIGatewayProxyEvent) -> Response[str]:
    """Takes 1 to 100 records."""
    body = feedback.read_body(request.body, is_base64=bool(request.is_base64_encoded))
    identity = (request.get("requestContext") or {}).get("identity") or {}
    profiles = versions.known_profiles(deps)
    records = feedback.read_records(body, sender=feedback.caller(identity), profiles=profiles)
    found = versions.unchecked(records) if profiles is None else versions.number(deps, records)
    not_sent = queue.send(deps, records)
    deps.telemetry.count("FeedbackAccepted", len(records) - len(not_sent))
    # Counted when they are numbered, also if SQS did not take them: sent again, they are not new any more.
    deps.telemetry.count("FeedbackVersions", sum(each.status is VersionStatus.NEW_VERSION for each in found))
    if not_sent:
        causes = sorted(set(not_sent.values()))
        deps.telemetry.logger.warning("SQS did not take records", rows=len(not_sent), causes=causes)
        message = "some records were not accepted: send them again, with these ids"
        return _answer(503, Refused(message=message, not_accepted=tuple(records[n].id for n in not_sent)))
    ids = tuple(record.id for record in records)
    return _answer(
        202, FeedbackTaken(accepted=len(records), ids=ids, records=versions.answers(records, found))
    )


def show_row(deps: Dependencies, row_id: str) -> Response[str]:
    """Answers with one row."""
    row = find_row(deps, row_id)
    return _answer(404, Refused(message="there is no such row")) if row is None else _answer(200, row)


def show_execution(deps: Dependencies, execution_id: str) -> Response[str]:
    """Answers with the state of an execution."""
    try:
        _EXECUTION_ID.validate_python(execution_id)
    except ValidationError:
        return _no_execution()
    deps.telemetry.logger.append_keys(execution_id=execution_id)
    state = find_state(deps, execution_id)
    return _no_execution() if state is None else _answer(200, state)


def open_report(deps: Dependencies, token: str) -> Response[str]:
    """Redirects to the report."""
    url = signed_url(deps, report_key(deps, token, datetime.now(UTC).replace(tzinfo=None)))
    headers = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(status_code=302, content_type="text/plain", body="", headers=headers)


def refuse(deps: Dependencies, error: InsightsError) -> Response[str]:
    """The answer to an error: its status, and what to do."""
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
            deps.telemetry.logger.warning("a request was not answered", error=type(error).__name__)
            return _answer(503, Refused(message="not available right now: try again"))
    raise error


def _no_execution() -> Response[str]:
    return _answer(404, Refused(message="there is no such execution"))


def _answer(status: int, body: BaseModel) -> Response[str]:
    return Response(
        status_code=status,
        content_type="application/json",
        body=body.model_dump_json(),
        headers={"Cache-Control": "no-store"},
    )
