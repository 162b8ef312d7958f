"""Builds the stack and deploys it to AWS by the pinned SAM CLI: `make deploy ENV=dev`.

The first time SAM CLI asks for region and parameters, and keeps the answers in samconfig.toml. Production is
updated gradually, by the template of `tools.gradual`.
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
from tools.gradual import gradual

CONFIG = ROOT / "samconfig.toml"
GRADUAL = ROOT / "template.gradual.yaml"
"""Written for each deployment that is gradual, beside the template, so that its paths hold."""
GRADUAL_BUILD = ".aws-sam/gradual"
"""Apart, for a plain `sam deploy` would deploy what was built with other parameters."""
NO_BUILDER = (
    f"The functions are built for {AWS_RUNTIME}, and neither it is on PATH nor Docker, in which SAM CLI could"
    f" build them. Install {AWS_RUNTIME} (apt, brew, pyenv or `uv python install`), then run this again."
)


class CannotBuildError(Exception):
    """There is nothing to build with."""


def commands(config: Mapping[str, Any], environment: str, *, gradually: bool = False) -> list[list[str]]:
    """The arguments of the SAM CLI calls that build and deploy one environment of samconfig.toml."""
    known = config[environment]["deploy"]["parameters"]
    build = ["build", "--config-env", environment]
    if gradually:
        build += ["--template-file", GRADUAL.name, "--build-dir", GRADUAL_BUILD]
    if not probe(AWS_RUNTIME):
        if not shutil.which("docker"):
            raise CannotBuildError(NO_BUILDER)
        build.append("--use-container")
    deploy = ["deploy", "--config-env", environment]
    if gradually:
        deploy += ["--template-file", f"{GRADUAL_BUILD}/template.yaml", "--config-file", str(CONFIG)]
    return [build, deploy if "region" in known else [*deploy, "--guided"]]


def main() -> int:
    """0 when the stack stands as the template says, else what SAM CLI ended with."""
    config = tomllib.loads(CONFIG.read_text())
    parser = argparse.ArgumentParser(prog="tools.deploy", description=__doc__)
    parser.add_argument("environment", choices=config.keys() - {"version", "default"})
    parser.add_argument("gradual", nargs="?", choices=["yes", "no"], help="by default prod is")
    options = parser.parse_args()
    environment = options.environment
    gradually = (options.gradual or ("yes" if environment == "prod" else "no")) == "yes"
    if gradually:
        parameters = config[environment]["deploy"]["parameters"]
        GRADUAL.write_text(gradual((ROOT / "template.yaml").read_text(), parameters))
    try:
        for arguments in commands(config, environment, gradually=gradually):
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
