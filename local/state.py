"""What is running, where, and with what: `.local/state.json`, written whole or not at all."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import ValidationError

from local.processes import Process
from local.setup import LOCAL, locked
from shared.contracts.base import Tolerant


class Login(Tolerant):
    """How to reach a MySQL or MariaDB server, whether by TLS, and the database to use there."""

    host: str
    port: int
    user: str
    password: str
    database: str
    tls: bool = False


class Emulator(Tolerant):
    """The AWS emulator.

    Attributes:
        certificate: the path of the certificate that it shows.
        model_url: where its functions find the model.
        access_key: of an account's user who may do all, with `secret_key`.
    """

    process: Process
    certificate: str
    model_url: str
    access_key: str
    secret_key: str

    @property
    def url(self) -> str:
        """The one endpoint of every AWS service."""
        return f"https://127.0.0.1:{self.process.port}"


class Deployment(Tolerant):
    """The stack as it was last deployed to the emulator.

    Attributes:
        fingerprint: of everything that went into it; the same again means there is nothing to deploy.
        outputs: the stack's outputs, by key.
        resources: the physical id of each resource, by its name in the template.
    """

    fingerprint: str
    outputs: dict[str, str]
    resources: dict[str, str]


class StackState(Tolerant):
    """All that is up. A field is None when that part is not.

    Attributes:
        model_key: begins each path of the model's server; kept, so that functions know it after a restart.
    """

    mysql: Process | None = None
    login: Login | None = None
    bedrock: Process | None = None
    model_key: str = ""
    model: Mapping[str, str] = {}
    emulator: Emulator | None = None
    deployment: Deployment | None = None


class Home:
    """A folder that holds one local stack: its state, data and logs."""

    def __init__(self, folder: Path = LOCAL) -> None:
        self.folder = folder
        self.state_file = folder / "state.json"
        self.aws_file = folder / "aws.env"

    def log(self, name: str) -> Path:
        """The log file of the server of that name."""
        return self.folder / "logs" / f"{name}.log"

    def load(self) -> StackState:
        """The state as it was saved; an empty one if there is none, or none that can be read."""
        try:
            return StackState.model_validate_json(self.state_file.read_bytes())
        except (FileNotFoundError, ValidationError):
            return StackState()

    def save(self, state: StackState) -> None:
        """Replaces the state file."""
        self.write_secret(self.state_file, state.model_dump_json(indent=2))

    def write_secret(self, place: Path, text: str) -> None:
        """Replaces a file, readable by its owner alone (it holds passwords and keys)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, written = tempfile.mkstemp(dir=self.folder, prefix="secret-")
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        Path(written).replace(place)

    def locked(self, name: str = "stack") -> AbstractContextManager[int]:
        """Holds off a second command that would start or stop the same thing."""
        return locked(self.folder / f"{name}.lock")
