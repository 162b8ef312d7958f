"""A real browser, without a window, and a server that notes what it is asked for."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typing_extensions import override

from local.setup import install_packages

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Seen:
    """What became of a page: its elements when all was quiet, and what else it asked the server for."""

    dom: str
    asked: frozenset[str]


Open = Callable[[str], Seen]


@pytest.fixture(scope="session")
def browser() -> str:
    """A Chromium; installed where there is none, if that works without asking."""
    if not any(map(shutil.which, NAMES)):
        install_packages(["chromium"], "Install Chromium (Debian: apt install chromium).")
    return next(filter(None, map(shutil.which, NAMES)))


@pytest.fixture
def opened(browser: str, tmp_path: Path) -> Iterator[Open]:
    """Opens a page, served from loopback, and waits until it asks for nothing more."""
    pages: list[bytes] = []
    asked: set[str] = set()

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/":
                asked.add(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(pages[-1] if self.path == "/" else b"")

        @override
        def log_message(self, format: str, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def visit(page: str) -> Seen:
        pages.append(page.encode())
        asked.clear()
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        command += [f"--user-data-dir={tmp_path}", "--virtual-time-budget=5000", "--dump-dom"]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{server.server_port}/"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=120,
            check=True,
        )
        return Seen(done.stdout.decode(), frozenset(asked - {"/favicon.ico"}))

    yield visit
    server.shutdown()
    server.server_close()
