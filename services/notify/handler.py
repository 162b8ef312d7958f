"""The notify queue: events of executions and of the model, the tracker's messages, and notices."""

from collections.abc import Callable

from services.notify import completion, notices
from services.notify.dependencies import Dependencies, open_dependencies
from services.notify.inbox import EndingNews, ExecutionNews, Message, ModelNews, parse
from services.notify.mail.sending import send_digest
from shared.contracts.events import EventType
from shared.contracts.messages import ContinueReport, DigestDue, TrackerTimedOut, TrackerWaiting
from shared.contracts.notices import Notice
from shared.platform.consumer import Attempt, Consumer
from shared.platform.deferral import AWAY

_SLICE_SECONDS = 100.0
"""Of an invocation's 300 that are for writing results; the others are for counting their rows, or for the
figures, the report and the mail."""


def tell(deps: Dependencies, message: Message, attempt: Attempt) -> None:
    """Tells people or the tracker what the message says."""
    match message:
        case ExecutionNews() | ContinueReport():
            _tell_of_execution(deps, message, _end_of_slice(attempt))
        case ModelNews():
            notices.tell_of_model(deps, message)
        case EndingNews():
            notices.tell_of_ending(deps, message)
        case TrackerWaiting():
            completion.tracker_waits(deps, message.execution_id, message.task_token)
        case TrackerTimedOut():
            completion.tracker_timed_out(deps, message.execution_id)
        case DigestDue():
            send_digest(deps, message.audience)
        case Notice():
            notices.send(deps, message)
    deps.telemetry.logger.info("message handled", kind=type(message).__name__)


def _tell_of_execution(
    deps: Dependencies, news: ExecutionNews | ContinueReport, time_is_up: Callable[[], bool]
) -> None:
    match news:
        case ContinueReport():
            outcome = completion.go_on(deps, news, time_is_up)
        case ExecutionNews(type=EventType.EXECUTION_FAILED):
            outcome = completion.failed(deps, news.execution_id, news.detail.reason)
        case _:
            outcome = completion.report_ready(deps, news.execution_id, news.detail.reason, time_is_up)
    event_type = getattr(news, "type", None)
    deps.telemetry.logger.info("event handled", event_type=event_type, outcome=outcome)


def _end_of_slice(attempt: Attempt) -> Callable[[], bool]:
    """Whether its time is up: half as much after each attempt that failed, in case that it was too much."""
    failed = attempt.message.receives - 1 + attempt.message.deferrals
    end = attempt.seconds_left() - _SLICE_SECONDS / 2.0**failed
    return lambda: attempt.seconds_left() <= end


consumer = Consumer("notify", open_dependencies, parse, tell, AWAY)
handler = consumer.handler
