"""The notify queue: events of executions and of the model, the tracker's messages, and notices."""

from collections.abc import Callable

from services.notify import completion, notices
from services.notify.dependencies import Dependencies, open_dependencies
from services.notify.inbox import EndingNews, ExecutionNews, Message, ModelNews, parse
from services.notify.mail.sending import send_digest
from services.notify.results_slices import end_of_slice
from shared.contracts.events import EventType
from shared.contracts.messages import ContinueReport, DigestDue, TrackerTimedOut, TrackerWaiting
from shared.contracts.notices import Notice
from shared.platform.consumer import Attempt, Consumer
from shared.platform.deferral import AWAY


def tell(deps: Dependencies, message: Message, attempt: Attempt) -> None:
    """Tells people or the tracker what the message says."""
    match message:
        case ExecutionNews() | ContinueReport():
            _tell_of_execution(deps, message, end_of_slice(attempt))
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


consumer = Consumer("notify", open_dependencies, parse, tell, AWAY)
handler = consumer.handler
