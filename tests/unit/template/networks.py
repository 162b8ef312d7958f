"""The template in each mode of its network, as CloudFormation would carry it out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cfnlint.template import Template  # type: ignore[import-untyped]

from tests.unit.template import resolving
from tests.unit.template.resolving import template
from tests.unit.template.synthesis import synthesised

EXTERNAL = {"ManagedDatabase": "false", "DatabaseHost": "db.example.com", "DatabaseSecretArn": "arn:aws:a"}
MODES: dict[str, dict[str, str]] = {
    "egress": {},
    "egress, in both zones": {"DatabaseMultiAZ": "true"},
    "private": {"Network": "private"},
    "private, in both zones": {"Network": "private", "DatabaseMultiAZ": "true"},
    "in an existing network": EXTERNAL
    | {"DatabaseSubnetIds": "subnet-0a,subnet-0b", "DatabaseSecurityGroupIds": "sg-0a"},
    "reached from anywhere": EXTERNAL,
}
MANAGED = [name for name, given in MODES.items() if "ManagedDatabase" not in given]


def written(folder: Path, mode: str) -> Path:
    """The file of a mode's template."""
    path = folder / "template.json"
    path.write_text(json.dumps(synthesised(resolving.stack(**MODES[mode]))))
    return path


def as_template(mode: str) -> Template:
    """A mode's template as cfn-lint's rules see it: nothing is left in it to transform."""
    return Template(None, synthesised(resolving.stack(**MODES[mode])), ["us-east-1"])


def resources(mode: str, kind: str) -> dict[str, dict[str, Any]]:
    whole = synthesised(resolving.stack(**MODES[mode]))["Resources"]
    return {name: its["Properties"] for name, its in whole.items() if its["Type"] == kind}


def interfaces(mode: str) -> Iterator[tuple[str, list[str]]]:
    """The services that have an interface endpoint, and the subnets in which it stands."""
    for endpoint in resources(mode, "AWS::EC2::VPCEndpoint").values():
        if endpoint["VpcEndpointType"] == "Interface":
            yield (
                endpoint["ServiceName"]["Fn::Join"][1][-1],
                [subnet["Ref"] for subnet in endpoint["SubnetIds"]],
            )


def addresses(region: str = "us-east-1", **given: str) -> dict[str, str]:
    """The variables of the SDK that a function gets, by name."""
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    found = {
        name: resolving.resolve(value, resolving.stack(region, **given))
        for name, value in variables.items()
        if name.startswith("AWS_")
    }
    return {name: value for name, value in found.items() if value != resolving.NOTHING}
