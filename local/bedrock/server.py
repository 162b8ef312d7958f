"""HTTP on loopback: Bedrock's runtime as boto3 speaks to it, and the paths that set up a test.

The standard library's threading server is enough: a thread for each of at most some hundred
connections, nothing to install, and nothing between the wire and the shapes that are to be exact.
"""

import contextlib
import json
import socket
import sys
import uuid
from collections.abc import Mapping
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

    def __init__(self, service: BedrockService, port: int = 0) -> None:
        """`port` 0 takes a free one."""
        super().__init__((HOST, port), _Handler)
        self.service = service
        self.admin = Admin(service)

    @property
    def url(self) -> str:
        """Where a client finds it."""
        return f"http://{HOST}:{self.server_address[1]}"

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Prints every error but those of a client that closed its connection."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: BedrockServer

    def do_POST(self) -> None:
        body = self._body()
        parts = self.path.split("/")
        if len(parts) == len(("", "model", "id", "action")) and parts[1] == "model":
            self._bedrock(unquote(parts[2]), parts[3], body)
        else:
            self._admin("POST", body)

    def do_GET(self) -> None:
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
