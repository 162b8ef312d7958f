"""The bodies of the ingest queue: S3's events, and orders of the sweeper and of ingest itself."""

from pydantic import TypeAdapter

from services.ingest.routing import ObjectCreated
from shared.contracts.messages import ContinueIngest, IngestMessage, SendMissing

Message = ObjectCreated | ContinueIngest | SendMissing
_MESSAGE: TypeAdapter[Message] = TypeAdapter(ObjectCreated | IngestMessage)


def parse(body: str) -> Message:
    """The message in a queue's body; of EventBridge's envelope, only what is needed is looked at.

    Raises:
        ValidationError: no JSON, or none of these; its text quotes the body.
    """
    return _MESSAGE.validate_json(body)
