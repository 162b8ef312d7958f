"""`python -m local.bedrock --port 0 --state FILE`: the server as a process of its own."""

import argparse
import json
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from local.bedrock.engine import Engine, load_engine
from local.bedrock.openai_engine import OpenAIEngine
from local.bedrock.server import BedrockServer
from local.bedrock.service import BedrockService
from local.bedrock.settings import ServerSettings, read_settings


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m local.bedrock", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument(
        "--state", type=Path, help="file that gets the port, the process id and the URL as JSON"
    )
    options = parser.parse_args(arguments)
    server = BedrockServer(BedrockService(_engine(read_settings(os.environ))), options.port)
    if options.state:
        _write_state(options.state, server)
    print(f"{server.service.engine.name} answers at {server.url}", flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for serve_forever, which this very thread runs.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    with server:
        server.serve_forever(poll_interval=0.1)


def _engine(settings: ServerSettings) -> Engine:
    embedded = load_engine(settings.engine)
    return OpenAIEngine(settings, embedded.embed) if settings.model_url else embedded


def _write_state(path: Path, server: BedrockServer) -> None:
    """Put the file in place whole, so that whoever waits for it never reads half of it."""
    state = {"port": server.server_address[1], "pid": os.getpid(), "url": server.url}
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(state), "utf-8")
    draft.replace(path)


if __name__ == "__main__":
    main()
