"""MiniStack behind the guard: the program that `local.emulator` starts, by the emulator's own Python."""

import asyncio
import os
import resource
import secrets
import socket
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.core import iam_evaluator, lambda_runtime

from local.fair_queues import FairQueue
from local.guard import HOST, Key, guarded


def listening(port: int) -> socket.socket:
    """A socket that already listens: on this port if it is free, else on any."""
    for wanted in (port, 0):
        taken = socket.socket()
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((HOST, wanted))
            taken.listen(256)
        except OSError:
            taken.close()
            continue
        return taken
    raise OSError(f"no port of {HOST} is free")


def keys(account: str, root: str, secret: str) -> Callable[[str], Key | None]:
    """The keys of this emulator: its root user's, which is known to who started it, IAM users' and roles'."""

    def key_of(key: str) -> Key | None:
        if key == root:
            return Key(secret)
        if iam_evaluator.is_root_access_key(key):
            return None
        found = iam_evaluator.resolve_credential(key, account)
        known = isinstance(found, iam_evaluator.ResolvedCredential)
        return Key(found.secret_access_key, found.session_token or "") if known else None

    return key_of


def draw_the_functions_keys() -> None:
    """Makes the keys of the functions' roles random: MiniStack makes them of the functions' names."""
    make, drawn = lambda_runtime.execution_credentials, secrets.token_hex(32)
    lambda_runtime.execution_credentials = lambda config: make(
        {**config, "FunctionArn": f"{config['FunctionArn']}:{drawn}"}
    )


def serve_fairly() -> None:
    """Has standard queues hand out their messages by message groups, as SQS does."""
    from ministack.services import sqs  # noqa: PLC0415 - it reads its port when it is imported

    collect = sqs._collect_msgs  # noqa: SLF001 - what both of its ways to receive go through
    fair_queues = defaultdict[str, FairQueue](FairQueue)

    def collect_fairly(queue: dict[str, Any], most: int, seconds_hidden: int) -> list[Any]:
        if not queue["is_fifo"]:
            fair = fair_queues[queue["attributes"]["QueueArn"]]
            queue = {**queue, "messages": fair.choose(queue["messages"], time.time(), most)}
        return list(collect(queue, most, seconds_hidden))

    sqs._collect_msgs = collect_fairly  # noqa: SLF001


def main() -> None:
    """Serves until SIGTERM. Arguments: the port (another if that is taken), the file that gets the port.

    The root user's key is in the environment; its secret is taken out of it before any function inherits it.
    """
    own = listening(int(sys.argv[1]))
    port = own.getsockname()[1]
    root, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ.pop("AWS_SECRET_ACCESS_KEY")
    key_of = keys(os.environ["MINISTACK_ACCOUNT_ID"], root, secret)
    draw_the_functions_keys()
    os.environ["GATEWAY_PORT"] = str(port)
    from ministack import app as ministack  # noqa: PLC0415 - it reads its port when it is imported

    serve_fairly()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS calls it unlimited, and is not
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    config = Config()
    config.bind = [f"fd://{own.fileno()}"]
    config.certfile = os.environ["MINISTACK_SSL_CERT"]
    config.keyfile = os.environ["MINISTACK_SSL_KEY"]
    config.keep_alive_timeout = 75
    Path(sys.argv[2]).write_text(str(port))
    asyncio.run(serve(guarded(ministack.app, port, key_of), config))


if __name__ == "__main__":
    main()
