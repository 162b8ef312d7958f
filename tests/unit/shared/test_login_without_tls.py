"""A login to MySQL 8.4 without TLS: the password goes encrypted by the server's public key.

No MySQL 8.4 is to be had from PyPI, npm or Debian, and MariaDB has no caching_sha2_password; so the server's
side of it is played here, as MySQL's protocol documentation has it.
"""

import hashlib
import json
import secrets
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from shared.contracts.errors import DatabaseUnavailable
from shared.platform.database import Database
from shared.platform.settings import DatabaseSettings

PASSWORD = "secret-of-the-functions"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OK = b"\x00\x00\x00\x02\x00\x00\x00"
DENIED = b"\xff" + struct.pack("<H", 1045) + b"#28000Access denied"
FAST, FULL, PUBLIC_KEY = b"\x01\x03", b"\x01\x04", b"\x02"


class Server:
    """One login, and then OK to whatever is asked; `cached` is whether it has seen the user before."""

    def __init__(self, *, cached: bool) -> None:
        self.cached = cached
        self.seen = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._number = 0

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                self._peer, _ = self._listening.accept()
                self._number = 0
                with self._peer, suppress(OSError):
                    self._talk(bytes(secrets.choice(range(1, 128)) for _ in range(20)))

    def _talk(self, nonce: bytes) -> None:
        self._send(self._greeting(nonce))
        answer = self._receive()
        granted = self._fast(answer, nonce) if self.cached else self._full(nonce)
        self._send(OK if granted else DENIED)
        while granted and self._receive():
            self._send(OK)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _fast(self, answer: bytes, nonce: bytes) -> bool:
        once = hashlib.sha256(PASSWORD.encode()).digest()
        mask = hashlib.sha256(hashlib.sha256(once).digest() + nonce).digest()
        granted = bytes(one ^ other for one, other in zip(once, mask, strict=True)) in answer
        if granted:
            self._send(FAST)
        return granted

    def _full(self, nonce: bytes) -> bool:
        self._send(FULL)
        assert self._receive() == PUBLIC_KEY
        public = KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._send(b"\x01" + public)
        # MySQL's own choice of hash.
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303
        masked = KEY.decrypt(self._receive(), oaep)
        said = bytes(byte ^ nonce[at % len(nonce)] for at, byte in enumerate(masked))
        return said == PASSWORD.encode() + b"\0"

    def _greeting(self, nonce: bytes) -> bytes:
        # A database with the login, protocol 4.1, logins by plugin; utf8mb4.
        able = 0x0008 | 0x0200 | 0x8000 | 0x0008_0000
        part = struct.pack("<I8sxHBHHB10x", 1, nonce[:8], able & 0xFFFF, 45, 2, able >> 16, 21)
        return b"\x0a8.4.0\0" + part + nonce[8:] + b"\0caching_sha2_password\0"

    def _send(self, payload: bytes) -> None:
        self._peer.sendall(struct.pack("<I", len(payload))[:3] + bytes([self._number]) + payload)
        self._number += 1

    def _receive(self) -> bytes:
        header = self._read(4)
        self._number = header[3] + 1
        payload = self._read(int.from_bytes(header[:3], "little"))
        self.seen += payload
        return payload

    def _read(self, length: int) -> bytes:
        read = b""
        while len(read) < length:
            more = self._peer.recv(length - len(read))
            if not more:
                raise OSError
            read += more
        return read


@contextmanager
def serving(*, cached: bool) -> Iterator[Server]:
    server = Server(cached=cached)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield server
    server.close()
    thread.join()


@contextmanager
def database(server: Server, password: str) -> Iterator[Database]:
    settings = DatabaseSettings(
        database_host="127.0.0.1",
        database_port=server.port,
        database_name="insights",
        database_secret_arn="arn",
        database_tls=False,
    )
    login = json.dumps({"username": "insights_functions", "password": password})
    found = Database(settings, lambda *, fresh: login, timeout=5)
    yield found
    found.close()


@pytest.mark.parametrize("cached", [False, True])
def test_a_login_that_the_server_knows_or_not_goes_through_and_nobody_reads_the_password(
    cached: bool,
) -> None:
    with serving(cached=cached) as server, database(server, PASSWORD) as mysql:
        assert mysql.transact(lambda _: "done") == "done"

    assert b"insights_functions" in server.seen
    assert PASSWORD.encode() not in server.seen


@pytest.mark.parametrize("cached", [False, True])
def test_a_wrong_password_is_a_database_that_cannot_be_used_now(cached: bool) -> None:
    denied = pytest.raises(DatabaseUnavailable, match="login denied")

    with serving(cached=cached) as server, database(server, "another") as mysql, denied:
        mysql.transact(lambda _: None)
