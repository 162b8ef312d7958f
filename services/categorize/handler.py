"""Consumer of the categorize queue: one message, one discovery."""

from functools import partial
from typing import Literal

from services.categorize import discovery
from services.categorize.dependencies import Dependencies, open_dependencies
from shared.contracts.events import EventType, ExecutionEnvelope
from shared.platform.consumer import Attempt, Consumer
from shared.platform.deferral import DISCOVERY


class Classified(ExecutionEnvelope[Literal[EventType.EXECUTION_CLASSIFIED]]):
    """The event ExecutionClassified."""


def categorize(deps: Dependencies, message: Classified, attempt: Attempt) -> None:
    """Discovers for one execution."""
    logger, count = deps.telemetry.logger, deps.telemetry.count
    result = discovery.discover(deps, attempt, message.execution_id)
    if result is None:
        logger.info("nothing to discover: the execution is past it")
        return
    relabelled = sum(result.relabelled.values())
    logger.info(
        "discovery is done",
        new_categories=len(result.discovered),
        rows=relabelled,
        moved=result.moved,
        topics=sum(result.mentioned.values()),
    )
    if result.left_out:
        logger.warning("the rows were sampled", rows_left_out=result.left_out)
    if result.unjudged:
        logger.warning("the model could not answer about some themes", themes=result.unjudged)
        count("ThemesUnjudged", result.unjudged)
    count("CategoriesDiscovered", len(result.discovered))
    count("RowsRelabelled", relabelled + result.moved)


def give_up(deps: Dependencies, message: Classified, reason: str) -> None:
    """Lets the execution go on without its discovery."""
    if not discovery.give_up(deps, message.execution_id):
        # The discovery had ended: it crashed after its commit, or the message was delivered again.
        deps.telemetry.logger.info("nothing to give up: the execution is past it", cause=reason)
        return
    deps.telemetry.logger.error("discovery failed; the execution goes on without it", cause=reason)
    deps.telemetry.count_of_all("ExecutionsGivenUp")


# As in all that our functions tell each other, fields of a later version are passed over.
parse = partial(Classified.model_validate_json, extra="ignore")
consumer = Consumer("categorize", open_dependencies, parse, categorize, DISCOVERY, give_up)
handler = consumer.handler
