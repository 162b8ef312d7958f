"""The model that a stack asks follows from its region, and so do the rights to ask it."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from shared.model.model_table import AnswerForm, family_of
from tests.unit.template.resolving import properties, resolve, stack, template

MODEL = "anthropic.claude-haiku-5-5"
PROFILES = {region: row["Prefix"] for region, row in template()["Mappings"]["InferenceProfiles"].items()}
ARN = "arn:aws:bedrock"


def model_id(function: str, given: dict[str, str]) -> Any:
    variables = properties(function)["Environment"]["Variables"]
    return resolve(variables["MODEL_ID"], given)


def may_be_asked(arn: str, given: dict[str, str]) -> bool:
    [statement] = properties("ModelPolicy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "bedrock:InvokeModel"
    return any(fnmatchcase(arn, allowed) for allowed in resolve(statement["Resource"], given))


@pytest.mark.parametrize("region", PROFILES)
@pytest.mark.parametrize(
    "function",
    ["IngestFunction", "ClassifyFunction", "BreakerFunction", "CategorizeFunction", "SweepFunction"],
)
def test_all_who_need_it_are_told_of_the_regions_profile(function: str, region: str) -> None:
    assert model_id(function, stack(region)) == f"{PROFILES[region]}.{MODEL}"


@pytest.mark.parametrize("region", PROFILES)
def test_the_profile_and_the_model_behind_it_may_be_asked_and_no_other_model(region: str) -> None:
    given = stack(region)

    assert may_be_asked(f"{ARN}:{region}:1:inference-profile/{PROFILES[region]}.{MODEL}", given)
    # Wherever the profile leads to, and without a region, as the global one asks.
    for destination in (region, "us-west-2", "eu-north-1", ""):
        assert may_be_asked(f"{ARN}:{destination}::foundation-model/{MODEL}", given)
    assert not may_be_asked(f"{ARN}:{region}::foundation-model/anthropic.claude-opus-5", given)
    assert not may_be_asked(f"{ARN}:{region}:1:inference-profile/us.anthropic.claude-opus-5", given)
    assert not may_be_asked(f"{ARN}:{region}:2:inference-profile/{PROFILES[region]}.{MODEL}", given)


@pytest.mark.parametrize(
    "named, asked",
    [
        ("amazon.nova-lite-v1:0", f"{ARN}:us-east-1::foundation-model/amazon.nova-lite-v1:0"),
        ("eu.amazon.nova-2-lite-v1:0", f"{ARN}:eu-west-1:1:inference-profile/eu.amazon.nova-2-lite-v1:0"),
        ("eu.amazon.nova-2-lite-v1:0", f"{ARN}:eu-north-1::foundation-model/amazon.nova-2-lite-v1:0"),
        ("a1b2c3", f"{ARN}:eu-west-1:1:application-inference-profile/a1b2c3"),
        (f"{ARN}:eu-west-1:1:application-inference-profile/a1b2c3", ""),
        (f"{ARN}:us-west-2:1:inference-profile/us.meta.llama4-scout-17b-instruct-v1:0", ""),
        (f"{ARN}:us-west-2:1:provisioned-model/a1b2c3", ""),
        (f"{ARN}:us-west-2:1:imported-model/a1b2c3", ""),
    ],
)
def test_a_model_that_is_named_is_asked_by_its_name_and_may_be(named: str, asked: str) -> None:
    given = stack("eu-west-1", ModelId=named)

    assert model_id("ClassifyFunction", given) == named
    assert may_be_asked(asked or named, given)
    assert not may_be_asked(f"{ARN}:eu-west-1:1:inference-profile/us.anthropic.claude-opus-5", given)


@pytest.mark.parametrize(
    "region, prefix",
    [
        ("us-east-1", "us"),
        ("us-west-2", "us"),
        ("eu-central-1", "eu"),
        ("ap-northeast-1", "jp"),
        ("ap-southeast-2", "au"),
        ("sa-east-1", "global"),
    ],
)
def test_requests_stay_in_their_part_of_the_world_where_they_can(region: str, prefix: str) -> None:
    assert PROFILES[region] == prefix


def test_where_no_default_is_known_a_rule_says_so_at_once() -> None:
    rule = template()["Rules"]["ModelIsKnown"]
    [assertion] = rule["Assertions"]

    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "ModelId"}, ""]}
    assert assertion["Assert"] == {"Fn::Contains": [list(PROFILES), {"Ref": "AWS::Region"}]}
    assert template()["Parameters"]["ModelId"]["Default"] == ""
    assert not any(region.startswith(("us-gov", "cn-")) for region in PROFILES)


def test_the_table_knows_the_default_and_holds_it_to_a_schema_without_thinking() -> None:
    for prefix in set(PROFILES.values()):
        family = family_of(f"{prefix}.{MODEL}")
        assert family.answer_form is AnswerForm.STRUCTURED
        assert family.thinks
        assert family.ids == (MODEL,)


@pytest.mark.parametrize(
    "model_id, name",
    [
        ("amazon.titan-embed-text-v2:0", "foundation-model/amazon.titan-embed-text-v2:0"),
        ("eu.cohere.embed-multilingual-v3", "inference-profile/eu.cohere.embed-multilingual-v3"),
        (f"{ARN}:eu-west-1:1:application-inference-profile/ab12", "application-inference-profile/ab12"),
    ],
)
def test_who_embeds_may_ask_models_that_embed_and_no_other(model_id: str, name: str) -> None:
    [statement] = properties("EmbeddingPolicy")["PolicyDocument"]["Statement"]
    allowed = resolve(statement["Resource"], stack(EmbeddingModelId=model_id))
    account = "" if name.startswith("foundation") else "1"

    assert statement["Action"] == "bedrock:InvokeModel"
    assert any(fnmatchcase(f"{ARN}:eu-west-1:{account}:{name}", each) for each in allowed)
    for other in ("anthropic.claude-haiku-5-5", "amazon.nova-pro-v1:0", "meta.llama3-8b-instruct-v1:0"):
        assert not any(fnmatchcase(f"{ARN}:eu-west-1::foundation-model/{other}", each) for each in allowed)
