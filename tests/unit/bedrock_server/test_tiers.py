"""Service tiers: what the server takes of them, and what the shipped client makes of its answers."""

from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.contracts.execution import Usage
from shared.model.bedrock import Model
from shared.model.bedrock_client import ModelFailed
from shared.model.converse_request import ModelRequest
from shared.model.model_table import ServiceTier, family_of
from tests.unit.bedrock_server.conftest import Admin
from tests.unit.bedrock_server.requests import CLAUDE, LABELS, NOVA, converse, labelling

QWEN, NOVA_PRO = "qwen.qwen3-32b-v1:0", "amazon.nova-pro-v1:0"
FLEX, DEFAULT = ServiceTier.FLEX, ServiceTier.DEFAULT


def request(user: str = "") -> ModelRequest:
    system, feedback = labelling()
    return ModelRequest(system, user or feedback, "label_feedback", "", LABELS, max_tokens=500)


def dollars(model_id: str, usage: Usage, factor: str = "1") -> Decimal:
    return family_of(model_id).cost(usage) * Decimal(factor)


def test_a_tier_that_the_family_has_is_taken_answered_and_counted(client: Any, admin: Admin) -> None:
    answer = client.converse(**converse(model=QWEN, serviceTier={"type": "flex"}))

    assert answer["serviceTier"] == {"type": "flex"}
    assert "serviceTier" not in client.converse(**converse(model=QWEN))
    assert admin.get("/stats")["by_tier"] == {"flex": 1}


@pytest.mark.parametrize(
    "model, tier", [(NOVA, "flex"), (CLAUDE, "flex"), (QWEN, "priority"), (QWEN, "cheap")]
)
def test_another_is_refused(client: Any, model: str, tier: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        client.converse(**converse(model=model, serviceTier={"type": tier}))


@pytest.mark.parametrize("model_id", [QWEN, NOVA_PRO, "openai.gpt-oss-20b-1:0"])
def test_flex_is_asked_and_costs_what_the_table_says(client: Any, admin: Admin, model_id: str) -> None:
    model = Model(client, model_id, FLEX)

    usage = model.converse(request()).usage

    assert admin.get("/stats")["by_tier"] == {"flex": 1}
    assert usage.estimated_cost == dollars(model_id, usage, "0.5") > 0
    assert model.priced.cost(usage) == usage.estimated_cost
    assert not model.falls_back


@pytest.mark.parametrize("model_id", [CLAUDE, NOVA, "meta.llama3-3-70b-instruct-v1:0"])
def test_a_family_without_it_is_asked_by_default_without_a_call_in_vain(
    client: Any, admin: Admin, model_id: str
) -> None:
    model = Model(client, model_id, FLEX)

    usage = model.converse(request()).usage

    stats = admin.get("/stats")
    assert (stats["calls"], stats["by_tier"]) == (1, {})
    assert usage.estimated_cost == dollars(model_id, usage)
    assert (model.tier, model.falls_back) == (DEFAULT, True)


def test_a_tier_that_bedrock_refuses_here_though_the_table_has_it_is_tried_once(
    client: Any, admin: Admin
) -> None:
    admin.put("/models", [{"pattern": "qwen.*", "structured": True, "tool_choices": ["auto"]}])
    model = Model(client, QWEN, FLEX)

    usages = [model.converse(request()).usage for _ in range(3)]

    stats = admin.get("/stats")
    assert (stats["calls"], stats["failed"], stats["by_error"]) == (4, 1, {"ValidationException": 1})
    assert all(usage.estimated_cost == dollars(QWEN, usage) for usage in usages)
    assert (model.tier, model.falls_back) == (DEFAULT, True)


def test_a_request_that_bedrock_refuses_in_any_tier_leaves_the_tier_as_it_is(client: Any) -> None:
    model = Model(client, QWEN, FLEX)

    with pytest.raises(ModelFailed):
        model.converse(request(user=" "))

    assert (model.tier, model.falls_back) == (FLEX, False)


@pytest.mark.parametrize(
    "said, factor", [({"type": "flex"}, "0.5"), ({"type": "default"}, "1"), (None, "0.5")]
)
def test_the_price_is_that_of_the_tier_that_answered(said: object, factor: str) -> None:
    class Says:
        def converse(self, **_: Any) -> Any:
            usage = {"inputTokens": 1000, "outputTokens": 100}
            return {"usage": usage, **({"serviceTier": said} if said else {})}

    usage = Model(Says(), QWEN, FLEX).converse(request()).usage

    assert usage.estimated_cost == dollars(QWEN, usage, factor)


@pytest.mark.parametrize("prefix, factor", [("us.", "0.55"), ("", "0.5")])
def test_a_tiers_factor_comes_on_top_of_the_profiles(prefix: str, factor: str) -> None:
    plain = family_of("moonshotai.kimi-k3").model_copy(update={"regional": {"us": Decimal("1.1")}})
    family = plain.under(prefix.rstrip(".")).in_tier(FLEX)

    assert family.input == plain.input * Decimal(factor)
    assert family.cache_read == plain.cache_read * Decimal(factor)
