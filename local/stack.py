"""Brings the whole stack up on this machine, says what is up, takes it down: `python -m local.stack up`."""

import argparse
import os
import secrets
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from local import emulator, mysql
from local.build import DeployError
from local.deploy import deploy
from local.processes import (
    Process,
    StartError,
    answers,
    find,
    home_mark,
    is_well,
    plain_environment,
    spawn_telling,
    stop,
    wait_until,
)
from local.setup import LOCAL, ROOT, SetupError
from local.shell import exports
from local.state import Deployment, Emulator, Home, Login, StackState

FAILURES = (DeployError, SetupError, StartError)


@dataclass(frozen=True)
class Stack:
    """A stack that is up: its database, its emulator and model, and what was deployed.

    `model_note` is what people should know of the model that answers here.
    """

    login: Login
    emulator: Emulator
    deployment: Deployment
    model_note: str

    @property
    def bucket(self) -> str:
        """The data bucket's name."""
        return self.deployment.resources["DataBucket"]

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator, or (for `bedrock-runtime`) of the local model."""
        return emulator.client(self.emulator, service)

    def connect(self) -> mysql.Connection:
        """An autocommitting connection to the stack's database."""
        return mysql.connect(self.login)


def up(
    home: Home,
    *,
    parameters: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    root: Path = ROOT,
) -> Stack:
    """Starts what is not running and deploys what is not deployed. Returns what is up.

    Args:
        home: the folder that holds this stack; stacks in different homes do not meet.
        parameters: further template parameters, by name.
        environment: further variables of the functions' environment, taken when the emulator is started.
        root: the checkout whose template and functions are deployed.

    Raises:
        SetupError, StartError, DeployError: with a message for a person.
    """
    with_emulator = partial(_with_emulator, environment=environment or {})
    with home.locked():
        state = home.load()
        for start in (_with_database, _with_model, with_emulator):
            state = start(home, state)
            home.save(state)  # at once, so that a crash of this command leaves nothing unknown running
        login, aws = state.login, state.emulator
        if login is None or aws is None:
            raise StartError(f"The state in {home.state_file} is incomplete.")
        note = _model_note(state)
        wanted = {"ModelNote": note} | dict(parameters or {})
        deployment = deploy(home, aws, login, state.deployment, wanted, root)
        home.save(state.model_copy(update={"deployment": deployment}))
        home.write_secret(home.aws_file, exports(aws, deployment))
        return Stack(login, aws, deployment, note)


def down(home: Home) -> None:
    """Stops every server of this home, those too that no state file knows after a crash."""
    with home.locked():
        state = home.load()
        known = [state.emulator.process if state.emulator else None, state.bedrock, state.mysql]
        for process in filter(None, known):
            stop(process)
        for marker in (home_mark(home.folder)[1], f"--datadir={home.folder}/"):
            for process in find(marker):
                stop(process)
        home.state_file.unlink(missing_ok=True)
        home.aws_file.unlink(missing_ok=True)
        shutil.rmtree(home.folder / "emulator", ignore_errors=True)


def status(home: Home) -> list[str]:
    """One line for each part: what it is, and where it answers or that it is down."""
    state = home.load()
    aws = state.emulator.process if state.emulator else None
    deployed = state.deployment is not None and aws is not None and aws.is_running()
    database = "down"
    if state.login is not None and mysql.answers(state.login):
        database = f"up     {state.login.host}:{state.login.port}"
    lines = [
        f"database  {database}",
        f"model     {_line(state.bedrock)}",
        f"AWS       {_line(aws, state.emulator.url if state.emulator else '')}",
        f"stack     {'deployed' if deployed else 'not deployed'}",
    ]
    return [*lines, how_to_use(home)] if deployed else lines


def how_to_use(home: Home) -> str:
    """How a shell's AWS tools come to use the stack."""
    return f"AWS CLI, boto3 and curl: . {shlex.quote(str(home.aws_file))}"


def _line(process: Process | None, url: str = "") -> str:
    if process is None or not process.is_running():
        return "down"
    return f"up     {url or f'http://127.0.0.1:{process.port}'}"


def _with_database(home: Home, state: StackState) -> StackState:
    external = mysql.external_login()
    if external is not None:
        mysql.create_database(external)
        return state.model_copy(update={"login": external})
    if state.login and is_well(partial(mysql.answers, state.login), state.mysql):
        return state
    if state.mysql:
        stop(state.mysql)
    print("starting the database …", flush=True)
    port = state.mysql.port if state.mysql else None
    process, login = mysql.start(home.folder / "mysql", home.log("mysql"), port)
    return state.model_copy(update={"mysql": process, "login": login})


def _with_model(home: Home, state: StackState) -> StackState:
    """The Bedrock-compatible server; started again, on the same port, if another model is wanted."""
    wanted = {name: value for name, value in os.environ.items() if name.startswith(("MODEL", "BEDROCK_"))}
    url = _model_url(state)
    if state.model == wanted and is_well(partial(model_answers, url), state.bedrock):
        return state
    if state.bedrock:
        stop(state.bedrock)
    print("starting the model server …", flush=True)
    key = state.model_key or secrets.token_urlsafe(24)
    log, told = home.log("model"), home.folder / "model.port"
    port = state.bedrock.port if state.bedrock else 0
    server = ["-m", "local.bedrock", "--port", str(port), "--told", str(told)]
    command = [str(ROOT / ".venv" / "bin" / "python"), *home_mark(home.folder), *server]
    environment = plain_environment(MODEL_SERVER_KEY=key, **wanted)
    process = spawn_telling(command, log, environment, told)
    state = state.model_copy(update={"bedrock": process, "model": wanted, "model_key": key})
    wait_until(lambda: model_answers(_model_url(state)), process, log)
    return state


def _model_url(state: StackState) -> str:
    """Where the Bedrock-compatible server answers those who know its key."""
    return f"http://127.0.0.1:{state.bedrock.port}/{state.model_key}" if state.bedrock else ""


def _model_note(state: StackState) -> str:
    """What report and demo say of the model that answers here."""
    if url := state.model.get("MODEL_URL"):
        return f"Answered by {state.model.get('MODEL', 'a model')} at {url}, not by Bedrock."
    return "Answered here by all-MiniLM-L6-v2: sentence embeddings, a stand-in and not a language model."


def model_answers(url: str) -> bool:
    """Whether the Bedrock-compatible server is ready."""
    return answers(f"{url}/health")


def _with_emulator(home: Home, state: StackState, *, environment: Mapping[str, str]) -> StackState:
    model_url, old = _model_url(state), state.emulator
    if old and old.model_url == model_url and is_well(partial(emulator.answers, old), old.process):
        return state
    if old:
        stop(old.process)
    print("starting the AWS emulator …", flush=True)
    port = old.process.port if old else None
    started = emulator.start(
        home.folder / "emulator", home.log("aws"), model_url, port=port, more=environment
    )
    # A new emulator is empty, whatever was deployed to the last one.
    return state.model_copy(update={"emulator": started, "deployment": None})


def main(arguments: list[str] | None = None) -> int:
    """`python -m local.stack up|down|status`: 0, or 1 with the reason."""
    parser = argparse.ArgumentParser(prog="local.stack", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status"])
    parser.add_argument("--home", type=Path, default=LOCAL, help="the folder that holds the stack")
    asked = parser.parse_args(arguments)
    home = Home(asked.home.resolve())
    try:
        if asked.command == "up":
            up(home)
        elif asked.command == "down":
            down(home)
    except FAILURES as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(status(home)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
