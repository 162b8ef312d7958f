"""`python -m local.bedrock`: the server as a process of its own, which prints its URL or tells its port."""

import argparse
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
    parser.add_argument("--port", type=int, default=0, help="taken if it is free; 0 takes any (default)")
    parser.add_argument("--told", type=Path, help="file that gets the port")
    options = parser.parse_args(arguments)
    key = os.environ.pop("MODEL_SERVER_KEY", "")
    server = BedrockServer(BedrockService(_engine(read_settings(os.environ))), options.port, key)
    if options.told:
        options.told.write_text(str(server.server_address[1]))
    else:
        print(f"{server.service.engine.name} answers at {server.url}", flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for serve_forever, which this very thread runs.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    with server:
        server.serve_forever(poll_interval=0.1)


def _engine(settings: ServerSettings) -> Engine:
    embedded = load_engine(settings.vectors)
    return OpenAIEngine(settings, embedded.embed) if settings.model_url else embedded


if __name__ == "__main__":
    main()
