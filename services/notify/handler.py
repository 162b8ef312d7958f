"""The notify queue: events of executions and of the model, the tracker's messages, and notices."""

from services.notify import completion, notices
from services.notify.dependencies import Dependencies, open_dependencies
from services.notify.inbox import ExecutionNews, Message, ModelNews, parse
from services.notify.mail.sending import send_digest
from shared.contracts.events import EventType
from shared.contracts.messages import DigestDue, TrackerTimedOut, TrackerWaiting
from shared.contracts.notices import Notice
from shared.platform.consumer import Attempt, Consumer
from shared.platform.deferral import AWAY


def tell(deps: Dependencies, message: Message, _: Attempt) -> None:
    """Tells people or the tracker what the message says."""
    match message:
        case ExecutionNews():
            _tell_of_execution(deps, message)
        case ModelNews():
            notices.tell_of_model(deps, message)
        case TrackerWaiting():
            completion.tracker_waits(deps, message.execution_id, message.task_token)
        case TrackerTimedOut():
            completion.tracker_timed_out(deps, message.execution_id)
        case DigestDue():
            send_digest(deps, message.audience)
        case Notice():
            notices.send(deps, message)
    deps.telemetry.logger.info("message handled", kind=type(message).__name__)


def _tell_of_execution(deps: Dependencies, news: ExecutionNews) -> None:
    failed = news.type is EventType.EXECUTION_FAILED
    tell_of = completion.failed if failed else completion.report_ready
    outcome = tell_of(deps, news.execution_id, news.detail.reason)
    deps.telemetry.logger.info("event handled", event_type=news.type, outcome=outcome)


consumer = Consumer("notify", open_dependencies, parse, tell, AWAY)
handler = consumer.handler
