"""The template of a gradual update, as SAM's own translator writes it out."""

import copy
import json
import re
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from local.build import SAM
from tests.template import FILE, properties, read
from tools.gradual import UnknownTemplateError, digest, gradual

FUNCTIONS = properties("AWS::Serverless::Function")
TRANSLATE = """
import json, sys
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
template, parameters = json.load(sys.stdin)
print(json.dumps(Translator({}, Parser()).translate(template, parameters)["Resources"]))
"""
"""In the environment of the SAM CLI, which brings the translator of AWS."""
BY_ALIAS = {name.removesuffix("Function") for name in FUNCTIONS} - {"Schema"}


@cache
def aliased(budget: str) -> dict[str, Any]:
    """The template with aliases; their digest is of the parameter MonthlyBudgetUSD."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "template.yaml"
        file.write_text(gradual(FILE.read_text(), {"MonthlyBudgetUSD": budget}))
        template: dict[str, Any] = read(file).template
    return template


def packaged(code: str, layer: str, budget: str) -> dict[str, Any]:
    """The template with aliases as `sam package` leaves it: code and layer are objects in S3."""
    template = copy.deepcopy(aliased(budget))
    template["Transform"] = "AWS::Serverless-2016-10-31"
    places = {"CodeUri": code, "ContentUri": layer, "DefinitionUri": "s3://bucket/machine"}
    for resource in template["Resources"].values():
        its = resource.get("Properties", {})
        its.update({name: place for name, place in places.items() if name in its})
    return template


def translated(
    code: str = "s3://bucket/function", layer: str = "s3://bucket/layer", budget: str = "0", told: str = "0"
) -> dict[str, dict[str, Any]]:
    """The resources that CloudFormation gets.

    Args:
        budget: the parameter MonthlyBudgetUSD.
        told: what samconfig.toml says of it.
    """
    template = packaged(code, layer, told)
    parameters = {name: str(its["Default"]) for name, its in template["Parameters"].items()}
    done = subprocess.run(
        [str(SAM.with_name("python")), "-c", TRANSLATE],
        input=json.dumps([template, parameters | {"MonthlyBudgetUSD": budget}]),
        env={"AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


@cache
def resources() -> dict[str, dict[str, Any]]:
    return translated()


def of(found: dict[str, dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in found.items() if each["Type"] == kind}


def versions(translation: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The version of each function by the function's name: its id changes with what it is made of."""
    found = of(translation, "AWS::Lambda::Version")
    return {
        each["Properties"]["FunctionName"]["Ref"].removesuffix("Function"): name
        for name, each in found.items()
    }


def test_every_function_but_the_schemas_is_updated_gradually() -> None:
    groups = of(resources(), "AWS::CodeDeploy::DeploymentGroup")
    aliases = of(resources(), "AWS::Lambda::Alias")

    assert {name.removesuffix("FunctionDeploymentGroup") for name in groups} == BY_ALIAS
    updated = {
        name
        for name, alias in aliases.items()
        if "CodeDeployLambdaAliasUpdate" in alias.get("UpdatePolicy", {})
    }
    assert {name.removesuffix("FunctionAliaslive") for name in updated} == BY_ALIAS


@pytest.mark.parametrize("function", sorted(BY_ALIAS))
def test_the_way_back_is_by_the_alarms_for_errors(function: str) -> None:
    group = resources()[f"{function}FunctionDeploymentGroup"]["Properties"]
    alarms = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}

    assert group["AlarmConfiguration"]["Enabled"] is True
    assert f"{function}ErrorsAlarm" in alarms
    assert alarms == {f"{each}ErrorsAlarm" for each in BY_ALIAS} | {"ServerErrorsAlarm"}
    assert len(alarms) <= 10, "CodeDeploy takes no more"
    assert group["AutoRollbackConfiguration"]["Enabled"] is True
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    assert "Canary10Percent5Minutes" in str(group["DeploymentConfigName"])


def test_queues_and_the_api_call_the_alias() -> None:
    mappings = of(resources(), "AWS::Lambda::EventSourceMapping")

    assert mappings
    for name, mapping in mappings.items():
        called = mapping["Properties"]["FunctionName"]["Ref"]
        assert re.fullmatch(r"\w+FunctionAliaslive", called), name
    [api] = of(resources(), "AWS::ApiGateway::RestApi").values()
    assert "${ApiFunctionAliaslive}" in str(api)
    assert "${ApiFunction.Arn}" not in str(api)


def test_the_breaker_still_switches_the_mapping_that_reads_the_feedback_queue() -> None:
    told = FUNCTIONS["BreakerFunction"]["Environment"]["Variables"]["MAPPING_IDS"]
    names = re.findall(r"ClassifyFunction\w+", str(told))

    assert names
    for name in names:
        mapping = resources()[name]["Properties"]
        assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["FeedbackQueue", "Arn"]}
        assert mapping["FunctionName"] == {"Ref": "ClassifyFunctionAliaslive"}


def test_new_code_a_new_layer_and_another_parameter_each_make_new_versions() -> None:
    before = versions(resources())
    code = versions(translated(code="s3://bucket/other"))
    layer = versions(translated(layer="s3://bucket/other"))
    budget = versions(translated(budget="50", told="50"))

    assert before.keys() == BY_ALIAS | {"Schema"}
    assert {name for name in before if code[name] != before[name]} == BY_ALIAS | {"Schema"}
    assert {name for name in before if layer[name] != before[name]} == BY_ALIAS
    assert {name for name in before if budget[name] != before[name]} == BY_ALIAS


def test_without_the_digest_a_changed_parameter_would_make_no_new_version() -> None:
    """What SAM's issue 3820 says, and why plain deployments have no aliases. If this fails, they may."""
    assert versions(translated(budget="50")) == versions(resources())


def test_what_did_not_change_makes_no_new_version() -> None:
    assert versions(translated()) == versions(resources())


def test_an_alias_follows_the_version_that_was_published() -> None:
    for function, version in versions(resources()).items():
        alias = resources()[f"{function}FunctionAliaslive"]["Properties"]
        assert alias["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}


def test_every_function_that_has_an_alias_has_the_digest_among_its_settings() -> None:
    wanted = digest(FILE.read_text(), {"MonthlyBudgetUSD": "0"})
    functions = of(resources(), "AWS::Lambda::Function")
    settings = {
        name.removesuffix("Function"): each["Properties"]["Environment"]["Variables"].get("DEPLOYMENT")
        for name, each in functions.items()
    }

    assert settings == dict.fromkeys(BY_ALIAS, wanted) | {"Schema": None}


@pytest.mark.parametrize(
    "lost",
    [
        "Globals:\n",
        "ContentUri: shared/",
        "POWERTOOLS_SERVICE_NAME: notify",
        "LoggingConfig: {LogGroup: !Ref Notify",
    ],
)
def test_a_template_that_is_written_otherwise_is_not_deployed(lost: str) -> None:
    with pytest.raises(UnknownTemplateError):
        gradual(FILE.read_text().replace(lost, "Changed", 1), {})


def test_the_template_that_is_in_the_repository_has_no_alias_but_the_schemas() -> None:
    functions = properties("AWS::Serverless::Function").items()

    assert {name for name, each in functions if "AutoPublishAlias" in each} == {"SchemaFunction"}
