"""The table of models: which family an id belongs to."""

from decimal import Decimal

import pytest

from shared.model.model_table import AnswerForm, family_of
from tests.unit.shared.asking_bedrock import CLAUDE, NOVA


@pytest.mark.parametrize(
    "model_id",
    [
        "anthropic.claude-haiku-4-5-20251001-v1:0",
        "eu.anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
    ],
)
def test_profiles_and_arns_belong_to_the_family_of_their_model(model_id: str) -> None:
    assert family_of(model_id).ids == ("anthropic.claude-haiku-4-5",)


def test_the_longest_matching_prefix_wins() -> None:
    assert family_of("amazon.nova-2-lite-v1:0").input == Decimal("0.30")
    assert family_of("amazon.nova-9").answer_form is AnswerForm.FORCED_TOOL


def test_output_tokens_burn_the_quota_at_the_familys_rate() -> None:
    assert family_of(CLAUDE).quota_tokens(1000, 100) == 1500
    assert family_of(NOVA).quota_tokens(1000, 100) == 1100
