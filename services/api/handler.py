"""Lambda: the REST API."""

from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from services.api.dependencies import open_dependencies
from services.api.routes import make_app
from shared.contracts.errors import InsightsError
from shared.platform.telemetry import Telemetry

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

telemetry = Telemetry("api")


class RequestFailed(InsightsError):
    """An unexpected error; API Gateway answers with 502."""


@cache
def app() -> APIGatewayRestResolver:
    """The routes with their dependencies, made for the first request."""
    return make_app(open_dependencies(telemetry))


def answer(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answers one request. The event is never logged: it holds customers' words and reports' tokens."""
    telemetry.count("Requests")
    try:
        return app().resolve(event, context)
    except Exception as error:  # noqa: BLE001  # Lambda logs what is raised, and its text may quote a customer
        telemetry.note_failure(error)
        raise RequestFailed("a request was not answered") from None


handler = telemetry.around(answer)
