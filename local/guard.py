"""Refuses what no key of the local stack has signed, and what a web page sends, before the emulator sees it.

MiniStack takes a request without a signature, or by a key that anybody knows (`test`, any twelve digits), for
its root user's, and lets every web page read its answers.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from ministack.core import sigv4

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
HOST = "127.0.0.1"

# What AWS, too, answers without a signature: an API's paths (it asks for one where the template says so), and
# where a custom resource answers, by a token that is drawn for it. And whether the emulator is ready.
OPEN = re.compile(
    r"[A-Z]+ /restapis/[a-z0-9]+/[^/]+/_user_request_(/.*)?"
    r"|PUT /_ministack/cfn-response/[0-9a-f-]{32,}"
    r"|GET /_ministack/ready"
)
# A request that names a key in its address is held to it, whatever its path.
_SIGNED_ADDRESS = {"x-amz-algorithm", "x-amz-credential", "x-amz-signature", "awsaccesskeyid", "signature"}


@dataclass(frozen=True)
class Key:
    """What signs: a secret, and the token that goes with it if it is a role's."""

    secret: str
    token: str = ""


class Refused(Exception):
    """A request that is not let through; by AWS's code, and why."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class Request:
    """A request's head, as ASGI describes it."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self.method = str(scope["method"])
        self.path = str(scope["path"])
        self.raw_path = (scope.get("raw_path") or self.path.encode()).decode("latin-1")
        self.query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        self.headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), sigv4.decode_header_value(raw_value)
            self.headers[name] = f"{self.headers[name]},{value}" if name in self.headers else value

    @property
    def is_open(self) -> bool:
        """Whether it needs no signature, and says nothing of one."""
        return bool(OPEN.fullmatch(f"{self.method} {self.path}")) and not (
            "authorization" in self.headers or self.signs_address
        )

    @property
    def signs_address(self) -> bool:
        """Whether a key or a signature is in its address: a presigned URL."""
        return not _SIGNED_ADDRESS.isdisjoint(name.lower() for name in self.query)


def refuse_strangers(headers: Mapping[str, str], port: int) -> None:
    """Refuses what another page than this stack's own sends, or what came by another name (DNS rebinding)."""
    hosts = {f"{HOST}:{port}", f"localhost:{port}"}
    if headers.get("host") not in hosts:
        raise Refused("AccessDenied", "This stack answers by its own address alone.")
    if "origin" in headers and headers["origin"] not in {f"https://{host}" for host in hosts}:
        raise Refused("AccessDenied", "No other page may use this stack.")


def check_signature(request: Request, body: bytes, key_of: Callable[[str], Key | None]) -> None:
    """Refuses what no key of this stack has signed, as it stands and lately.

    Args:
        request: its head.
        body: all of its body, as it came.
        key_of: the key of an id; None if this stack has given out none.
    """
    in_header = "authorization" in request.headers
    if in_header == request.signs_address or not (
        request.signs_address or request.headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
    ):
        raise Refused("MissingAuthenticationToken", "One signature of version 4 is needed.")
    signed = (
        sigv4.parse_header_signature(request.headers)
        if in_header
        else sigv4.parse_query_signature(request.query)
    )
    if isinstance(signed, tuple):
        raise Refused(*signed)
    key = key_of(signed.access_key_id)
    if key is None:
        raise Refused("InvalidClientTokenId", "This stack has given out no such key.")
    _check_time(request, signed)
    _check_content(request, body)
    token = request.headers.get("x-amz-security-token") or request.query.get("X-Amz-Security-Token", [""])[0]
    if not secrets.compare_digest(token.encode(), key.token.encode()):
        raise Refused("InvalidToken", "The session's token is another.")
    if "host" not in signed.signed_headers.split(";"):
        raise Refused("SignatureDoesNotMatch", "The host must be signed.")
    wrong = sigv4.header_signature_failure(
        signed, key.secret, request.method, request.raw_path, request.query, request.headers, body,
        presigned=not in_header,
    )  # fmt: skip
    if wrong:
        raise Refused(*wrong)


def _check_time(request: Request, signed: Any) -> None:
    expires = request.query.get("X-Amz-Expires", [""])[0] if request.signs_address else ""
    try:
        late = sigv4.presigned_request_is_expired(signed.amz_date, expires) if expires else False
    except ValueError:
        late = True
    if late or (request.signs_address and not expires):
        raise Refused("AccessDenied", "Request has expired")
    skewed = sigv4.request_time_failure(signed)
    # A presigned URL may be old.
    if skewed and not (expires and "expired" in skewed[1]):
        raise Refused(*skewed)


def _check_content(request: Request, body: bytes) -> None:
    """Refuses another body than the one whose hash is signed."""
    named = request.headers.get("x-amz-content-sha256", "")
    if re.fullmatch("[0-9a-f]{64}", named) and named != hashlib.sha256(body).hexdigest():
        raise Refused("XAmzContentSHA256Mismatch", "The body is not the one that was signed.")


def guarded(app: App, port: int, key_of: Callable[[str], Key | None]) -> App:
    """The app, for requests that are let through, and without a word to other pages in its answers."""

    async def guard(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        request = Request(scope)
        try:
            refuse_strangers(request.headers, port)
            if not request.is_open:
                body = await _read(receive)
                check_signature(request, body, key_of)
                receive = _again(body, receive)
        except Refused as refused:
            print(f"refused {request.method}: {refused.code}: {refused}", flush=True)
            await _answer(refused, request, send)
        else:
            await app(scope, receive, _without_cors(send))

    return guard


async def _read(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Any) -> Any:
    """Gives the body, which was read, to the app, and after it what else comes."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Any:
        return waiting.pop() if waiting else await receive()

    return receive_again


def _without_cors(send: Any) -> Any:
    async def send_without(message: dict[str, Any]) -> None:
        if "headers" in message:
            kept = [each for each in message["headers"] if not each[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return send_without


async def _answer(refused: Refused, request: Request, send: Any) -> None:
    """Says why, in the form that the clients of the service read."""
    kind = request.headers.get("content-type", "")
    body = f"<Error><Code>{escape(refused.code)}</Code><Message>{escape(str(refused))}</Message></Error>"
    if "json" in kind:
        body = json.dumps({"__type": refused.code, "message": str(refused)})
    elif "form" in kind:
        body = f"<ErrorResponse>{body}</ErrorResponse>"
    headers = [(b"content-type", b"text/plain"), (b"x-amzn-errortype", refused.code.encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
