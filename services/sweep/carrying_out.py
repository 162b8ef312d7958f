"""Carries out one order, and says what came of it."""

from collections.abc import Callable
from datetime import UTC, datetime

from aws_lambda_powertools import Logger

from services.sweep.dependencies import Dependencies
from services.sweep.incoming import take_untaken
from services.sweep.orders import CloseDay, ModelIsBack, Order, Redraw, Relabel, Replay, Sweep, TakeUntaken
from services.sweep.sweeping import SweepIncomplete, Sweeping, Swept
from shared.platform.consumer import Attempt
from shared.platform.telemetry import Telemetry, describe

_RESERVE_SECONDS = 30
_METRICS = {"published": "OutboxLeftOver", "stalled": "StalledExecutions", "released": "FeedbackReleased"}


def carry_out(deps: Dependencies, order: Order, attempt: Attempt) -> None:
    """Carries out one order."""
    sweeping, now, logger = Sweeping(deps), datetime.now(UTC), deps.telemetry.logger

    def time_is_up() -> bool:
        return attempt.seconds_left() < _RESERVE_SECONDS

    match order:
        case Sweep():
            _tell(deps.telemetry, sweeping.sweep(time_is_up, now.replace(tzinfo=None)))
        case CloseDay():
            ended = sweeping.close_days(order.before or now.date())
            logger.info("Days of direct feedback closed", executions=ended)
        case TakeUntaken():
            if taken := take_untaken(deps, time_is_up, now.replace(tzinfo=None)):
                logger.warning("Files whose event was lost will be read", files=taken)
                deps.telemetry.count("FilesTakenLate", taken)
        case ModelIsBack():
            released = sweeping.model_is_back(order.model_id, time_is_up, now.replace(tzinfo=None))
            deps.telemetry.count("FeedbackReleased", released)
        case Relabel() | Replay() | Redraw():
            _do_as_wanted(sweeping, logger, order, time_is_up)


def _do_as_wanted(
    sweeping: Sweeping, logger: Logger, order: Relabel | Replay | Redraw, time_is_up: Callable[[], bool]
) -> None:
    """Carries out what a person wants."""
    match order:
        case Relabel():
            rows = sweeping.relabel(order.profile, order.execution_id, time_is_up)
            logger.info("Rows will be labelled anew", rows=rows, profile=order.profile)
        case Replay():
            logger.info("Failed rows will be tried again", rows=sweeping.replay(order, time_is_up))
        case Redraw():
            sweeping.redraw(order.execution_id)
            logger.info("A report will be drawn anew")


def _tell(telemetry: Telemetry, swept: Swept) -> None:
    # A metric costs by the hour in which it has a value, and nothing found is none.
    for step, name in _METRICS.items():
        if found := swept.figures.get(step):
            telemetry.count(name, found)
    for step, error in swept.failed.items():
        telemetry.logger.error("A step of the sweep failed", step=step, **describe(error))
    if swept.failed:
        raise SweepIncomplete(f"these steps failed: {', '.join(swept.failed)}")
