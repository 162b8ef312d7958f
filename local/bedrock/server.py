"""HTTP on loopback: Bedrock's runtime as boto3 speaks to it, and the paths that set up a test.

The standard library's threading server is enough: a thread for each of at most some hundred
connections, nothing to install, and nothing between the wire and the shapes that are to be exact.
"""

import contextlib
import json
import secrets
import socket
import sys
import uuid
from collections.abc import Callable, Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from typing_extensions import override

from local.bedrock.admin import Admin, AdminError
from local.bedrock.errors import BedrockError, ConnectionDropped
from local.bedrock.service import BedrockService

HOST = "127.0.0.1"
LARGEST_BODY = 25_000_000


class BedrockServer(ThreadingHTTPServer):
    """Listens from its construction on; `serve_forever` answers."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, service: BedrockService, port: int = 0, key: str = "") -> None:
        """Takes this port if it is free, else any.

        Args:
            service: what answers.
            port: the wanted one; 0: any.
            key: a secret with which each path begins; whoever does not know it is refused. Drawn if empty.
        """
        try:
            super().__init__((HOST, port), _Handler)
        except OSError:
            super().__init__((HOST, 0), _Handler)
        self.service = service
        self.admin = Admin(service)
        self.key = key or secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """Where a client finds it, who is to tell nobody."""
        return f"http://{HOST}:{self.server_address[1]}/{self.key}"

    def refusal(self, path: str, headers: Message) -> str:
        """Why a request is refused, if it is: a web page may have sent it, by any name that leads here."""
        hosts = [[f"{name}:{self.server_address[1]}"] for name in (HOST, "localhost")]
        if headers.get_all("Host") not in hosts:
            return "This server answers by its own address alone."
        if "Origin" in headers:
            return "No page may use this server."
        named = path.removeprefix("/").partition("/")[0]
        if not secrets.compare_digest(named.encode(), self.key.encode()):
            return "The path does not begin with this server's key."
        return ""

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Prints every error but those of a client that closed its connection."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: BedrockServer

    @override
    def parse_request(self) -> bool:
        """Reads a request's head, and answers it at once if it is refused."""
        if not super().parse_request():
            return False
        if reason := self.server.refusal(self.path, self.headers):
            self.close_connection = True  # its body stays unread
            self._send(403, {"message": reason}, {"x-amzn-ErrorType": "AccessDeniedException"})
            return False
        self.path = self.path.removeprefix(f"/{self.server.key}")
        return True

    def do_POST(self) -> None:
        body = self._body()
        parts = self.path.split("/")
        if len(parts) == len(("", "model", "id", "action")) and parts[1] == "model":
            self._bedrock(unquote(parts[2]), parts[3], body)
        else:
            self._admin("POST", body)

    def do_GET(self) -> None:
        kind, _, name = self.path.removeprefix("/").partition("/")
        lifecycles = self.server.service.lifecycles
        if kind == "foundation-models":
            self._answer(lambda: lifecycles.model(unquote(name)))
        elif kind == "inference-profiles":
            self._answer(lambda: lifecycles.profile(unquote(name)))
        else:
            self._admin("GET", b"")

    def do_PUT(self) -> None:
        self._admin("PUT", self._body())

    def do_DELETE(self) -> None:
        self._admin("DELETE", self._body())

    def _bedrock(self, model_id: str, action: str, body: bytes) -> None:
        service = self.server.service
        try:
            if action == "converse":
                self._send(200, service.converse(model_id, body))
            elif action == "invoke":
                answer, tokens = service.invoke(model_id, body)
                self._send(200, answer, {"X-Amzn-Bedrock-Input-Token-Count": str(tokens)})
            else:
                raise BedrockError(404, "UnknownOperationException", f"This server does not know {action}.")
        except BedrockError as error:
            self._send(error.status, {"message": error.message}, {"x-amzn-ErrorType": error.code})
        except ConnectionDropped:
            self._drop()

    def _answer(self, ask: Callable[[], object]) -> None:
        try:
            self._send(200, ask())
        except BedrockError as error:
            self._send(error.status, {"message": error.message}, {"x-amzn-ErrorType": error.code})

    def _admin(self, method: str, body: bytes) -> None:
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        try:
            self._send(200, self.server.admin.answer(method, url.path, query, body))
        except AdminError as error:
            self._send(error.status, {"message": str(error)})

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(min(length, LARGEST_BODY))

    def _send(self, status: int, answer: object, headers: Mapping[str, str] | None = None) -> None:
        payload = json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """No access log: GET /calls has the calls."""
