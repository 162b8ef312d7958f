"""Builds the stack and deploys it to AWS by the pinned SAM CLI: `make deploy ENV=dev`.

The first time SAM CLI asks for region and parameters, and keeps the answers in samconfig.toml.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from typing import Any

from local.build import AWS_RUNTIME, SAM
from local.setup import ROOT, probe

CONFIG = ROOT / "samconfig.toml"
NO_BUILDER = (
    f"The functions are built for {AWS_RUNTIME}, and neither it is on PATH nor Docker, in which SAM CLI could"
    f" build them. Install {AWS_RUNTIME} (apt, brew, pyenv or `uv python install`), then run this again."
)


class CannotBuildError(Exception):
    """There is nothing to build with."""


def commands(config: Mapping[str, Any], environment: str) -> list[list[str]]:
    """The arguments of the SAM CLI calls that build and deploy one environment of samconfig.toml."""
    known = config[environment]["deploy"]["parameters"]
    build = ["build", "--config-env", environment]
    if not probe(AWS_RUNTIME):
        if not shutil.which("docker"):
            raise CannotBuildError(NO_BUILDER)
        build.append("--use-container")
    deploy = ["deploy", "--config-env", environment]
    return [build, deploy if "region" in known else [*deploy, "--guided"]]


def main() -> int:
    """0 when the stack stands as the template says, else what SAM CLI ended with."""
    config = tomllib.loads(CONFIG.read_text())
    parser = argparse.ArgumentParser(prog="tools.deploy", description=__doc__)
    parser.add_argument("environment", choices=config.keys() - {"version", "default"})
    try:
        for arguments in commands(config, parser.parse_args().environment):
            done = subprocess.run(
                [str(SAM), *arguments], cwd=ROOT, env=os.environ | {"SAM_CLI_TELEMETRY": "0"}, check=False
            )
            if done.returncode != 0:
                return done.returncode
    except CannotBuildError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
