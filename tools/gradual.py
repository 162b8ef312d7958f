"""The template for an update that goes to a tenth of the calls first, and back if an alarm is raised.

Queues and API then call an alias of each function, which CodeDeploy moves to a new version. The template has
none itself: a version keeps its settings, and SAM makes no new one when only a parameter has changed (its
issue 3820), so that a budget, say, would change in the stack and not in what runs. Here a digest of template
and parameters is among the settings of every function, so that each change of either makes new versions.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

ALIAS = "live"
_OWN_VERSIONS = ("Schema",)
"""CloudFormation calls this function itself, and its version says when."""
_FUNCTION = re.compile(r"^  (\w+)Function:\n    Type: AWS::Serverless::Function\n", re.MULTILINE)
_SERVICE = re.compile(r"^( +)(POWERTOOLS_SERVICE_NAME: (?!schema\n).*\n)", re.MULTILINE)
_LOGGING = re.compile(r"^      LoggingConfig: \{LogGroup: !Ref (\w+)LogGroup\}\n", re.MULTILINE)


class UnknownTemplateError(Exception):
    """The template is not written as it was when this was."""


def digest(template: str, parameters: Mapping[str, Any]) -> str:
    """Changes with the template and with what the stack is deployed with."""
    return hashlib.sha256(f"{json.dumps(parameters, sort_keys=True)}\n{template}".encode()).hexdigest()[:16]


def gradual(template: str, parameters: Mapping[str, Any]) -> str:
    """The template with aliases.

    Args:
        parameters: of the deployment, as samconfig.toml has them.
    """
    names = [name for name in _FUNCTION.findall(template) if name not in _OWN_VERSIONS]
    text = _once(template, "Globals:\n  Function:\n", _globals(names))
    text = _once(text, "      ContentUri: shared/\n", "      PublishLambdaVersion: true\n")
    text = _once(text, "      AutoPublishAlias: live\n", "      DeploymentPreference: {Enabled: false}\n")
    setting = f'DEPLOYMENT: "{digest(template, parameters)}"'
    text, services = _SERVICE.subn(rf"\1\2\1{setting}\n", text)
    text, functions = _LOGGING.subn(_with_all_properties, text)
    if not services == functions - len(_OWN_VERSIONS) == len(names):
        raise UnknownTemplateError(f"{len(names)} functions, {services} settings, {functions} log groups")
    return text


def _globals(names: list[str]) -> str:
    alarms = "".join(f"        - !Ref {name}ErrorsAlarm\n" for name in names)
    return (
        f"    AutoPublishAlias: {ALIAS}\n"
        "    DeploymentPreference:\n"
        "      Type: Canary10Percent5Minutes\n"
        "      Alarms:\n"
        f"{alarms}"
        "        - !Ref ServerErrorsAlarm\n"
    )


def _with_all_properties(found: re.Match[str]) -> str:
    every = "" if found[1] in _OWN_VERSIONS else "      AutoPublishAliasAllProperties: true\n"
    return found[0] + every


def _once(text: str, place: str, more: str) -> str:
    if text.count(place) != 1:
        raise UnknownTemplateError(f"{place!r} stands there {text.count(place)} times")
    return text.replace(place, place + more)
