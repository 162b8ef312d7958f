"""The bodies of the ingest queue: S3's events, and orders of the sweeper and of ingest itself."""

from functools import partial

from pydantic import TypeAdapter

from services.ingest.routing import ObjectCreated
from shared.contracts.messages import ContinueIngest, IngestMessage, SendMissing

Message = ObjectCreated | ContinueIngest | SendMissing
_MESSAGE: TypeAdapter[Message] = TypeAdapter(ObjectCreated | IngestMessage)
# Fields of a later version are passed over.
parse = partial(_MESSAGE.validate_json, extra="ignore")
