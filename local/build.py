"""Builds the template with the real SAM CLI, if anything has changed since the last build."""

import hashlib
import os
import platform
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from local.emulator import PYTHON
from local.setup import LOCAL, ROOT, probe
from local.state import Home

SAM = ROOT / ".venv-sam" / "bin" / "sam"
# All that a build is made of.
SOURCES = ("template.yaml", "quicksight.yaml", "statemachine", "profiles", "services", "shared")
AWS_RUNTIME = "python3.13"
AWS_ARCHITECTURE = "arm64"
_UNKNOWN = r"^  Fn::ForEach::Queries:\n(?:    .*\n|\n)+"
"""Logs Insights' queries."""


class DeployError(Exception):
    """`sam build` or `sam deploy` failed; the message ends with what it said last."""


def local_template(text: str) -> str:
    """The template with this machine's interpreter and processor, which run the handlers here.

    What the emulator does not know, and nothing else needs, is left out.
    """
    python = probe(str(PYTHON))
    if python is None:
        raise DeployError("The emulator's virtual environment is missing: run `make setup`.")
    arm = platform.machine().lower() in ("arm64", "aarch64")
    text = re.sub(_UNKNOWN, "", text, flags=re.MULTILINE)
    text = text.replace(AWS_RUNTIME, "python{}.{}".format(*python.version))
    return text.replace(AWS_ARCHITECTURE, "arm64" if arm else "x86_64")


def sources(root: Path = ROOT) -> Iterator[Path]:
    """Every file that goes into a build, in a fixed order."""
    for name in SOURCES:
        place = root / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def fingerprint(template: str, root: Path = ROOT) -> str:
    """A hash of every source file's path and content, and of the template that is built."""
    digest = hashlib.sha256(template.encode())
    for path in sources(root):
        digest.update(f"\0{path.relative_to(root)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def build_folder(root: Path = ROOT) -> Path:
    """Where the build of this checkout is."""
    return root / LOCAL.name / "build"


def build(log: Path, root: Path = ROOT) -> str:
    """Builds the template into `.local/build` unless that is up to date. Returns the build's fingerprint.

    Args:
        log: takes what SAM CLI says.
        root: the checkout whose sources are built.
    """
    template = local_template((root / "template.yaml").read_text())
    wanted = fingerprint(template, root)
    folder = build_folder(root)
    stamp = folder.parent / "build.stamp"
    with Home(folder.parent).locked("build"):
        if stamp.exists() and stamp.read_text() == wanted and folder.is_dir():
            return wanted
        stamp.unlink(missing_ok=True)
        _sam_build(template, log, root)
        if platform.system() != "Linux":
            _install_native_wheels(folder)
        stamp.write_text(wanted)
    return wanted


def _sam_build(template: str, log: Path, root: Path) -> None:
    folder = build_folder(root)
    copy = folder.parent / "template.yaml"
    # SAM CLI finds code from the base folder, but other files from the template's own.
    copy.write_text(re.sub(r"(DefinitionUri|TemplateURL): ", r"\1: ../", template))
    arguments = ["build", "--template-file", str(copy), "--base-dir", str(root), "--build-dir", str(folder)]
    arguments += ["--cached", "--cache-dir", str(folder.parent / "build-cache")]
    # SAM builds with the interpreter it finds on PATH: the one that will run the handlers.
    path = os.pathsep.join([str(PYTHON.parent), os.environ.get("PATH", "")])
    sam(arguments, os.environ | {"PATH": path}, log, root)


def _install_native_wheels(folder: Path) -> None:
    """Puts this machine's wheels over the build's Linux ones: the handlers run here and not on Lambda."""
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--require-hashes"]
    for lock in sorted(folder.rglob("requirements.txt")):
        part = folder / lock.relative_to(folder).parts[0]
        target = part / "python" if (part / "python").is_dir() else part
        subprocess.run([*pip, "--target", str(target), "-r", str(lock)], check=True)


def overrides(parameters: Mapping[str, str]) -> list[str]:
    """SAM CLI takes a value that holds a space only in quotation marks."""
    quoted = {name: f'"{value}"' if " " in value else value for name, value in parameters.items()}
    return ["--parameter-overrides", *(f"{name}={value}" for name, value in quoted.items())]


def sam(arguments: list[str], environment: Mapping[str, str], log: Path, root: Path) -> None:
    """Runs SAM CLI in a checkout, its output going to the log; DeployError has the log's end if it fails."""
    # An empty file of its own, so that no samconfig.toml meant for AWS has a say here.
    config = root / LOCAL.name / "samconfig.toml"
    config.write_text("version = 0.1\n")
    command = [str(SAM), arguments[0], "--config-file", str(config), "--language-extensions", *arguments[1:]]
    log.parent.mkdir(parents=True, exist_ok=True)
    print(f"sam {arguments[0]} …", flush=True)
    with log.open("wb") as output:
        done = subprocess.run(
            command,
            cwd=root,
            env={**environment, "SAM_CLI_TELEMETRY": "0"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
    if done.returncode != 0:
        said = log.read_text(errors="replace").strip().splitlines()[-15:]
        raise DeployError("\n".join([f"sam {arguments[0]} failed; all of it is in {log}", *said]))
