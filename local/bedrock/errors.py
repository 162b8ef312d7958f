"""What goes wrong inside the server, and how Bedrock says it."""

from shared.contracts.errors import InsightsError


class EngineError(InsightsError):
    """The engine cannot answer: the caller gets an error, never an invented answer."""


class BedrockError(InsightsError):
    """An answer that is an error, in the shape that boto3 knows."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class ConnectionDropped(InsightsError):
    """The connection is to be closed without an answer."""


def validation(message: str) -> BedrockError:
    """The request is not one that Bedrock would take."""
    return BedrockError(400, "ValidationException", message)


def throttled(what: str) -> BedrockError:
    """More requests or tokens than the quota has left; `what` is "requests" or "tokens"."""
    return BedrockError(429, "ThrottlingException", f"Too many {what}, please wait before trying again.")


def model_failed(reason: str) -> BedrockError:
    """The engine behind the server gave no answer."""
    return BedrockError(424, "ModelErrorException", f"The model could not answer: {reason}")
