"""The table of models: how it is made, and that it knows whom our documents name."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared.model.model_table import AnswerForm, ModelFamily, family_of, model_table
from tools.model_table import NOTES, TABLE, families, renewed, table

ROOT = Path(__file__).parents[3]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "template.yaml",
    ROOT / "samconfig.toml",
    *(ROOT / "docs").glob("*.md"),
]
MAKERS = "amazon|anthropic|cohere|deepseek|google|meta|mistral|moonshotai|openai|qwen|zai"
NAMES = {
    "Nova": "amazon.nova-",
    "Claude": "anthropic.claude-",
    "Llama": "meta.llama",
    "Mistral": "mistral.",
    "gpt-oss": "openai.gpt-oss-",
    "GPT": "openai.gpt-",
    "DeepSeek": "deepseek.",
    "Qwen": "qwen.",
    "Gemma": "google.gemma-",
    "Kimi": "moonshotai.kimi-",
    "GLM": "zai.glm-",
    "Titan v2": "amazon.titan-embed-text-v2",
    "Cohere v3": "cohere.embed-multilingual-v3",
}
"""How people call a line of models → how its ids begin."""
NOTHING: dict[str, Any] = {"left_out": [], "rules": [], "families": [], "others": []}
TODAY = date(2026, 11, 28)
OTHERS = {other.ids for other in model_table().others}


def entry(dollars: float = 1.0, **fields: Any) -> dict[str, Any]:
    prices = {"input_cost_per_token": dollars / 1e6, "output_cost_per_token": 4 * dollars / 1e6}
    return {"litellm_provider": "bedrock_converse", "mode": "chat", **prices, **fields}


def only(source: dict[str, Any], **notes: Any) -> ModelFamily:
    (row,) = families(source, NOTHING | notes)
    return ModelFamily.model_validate_json(json.dumps(row))


def named_models() -> list[str]:
    said = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)
    return sorted(set(re.findall(rf"\b(?:[a-z-]+\.)?(?:{MAKERS})\.[a-z]+[a-z0-9]*-[a-z0-9.:-]+", said)))


def test_every_model_that_the_documents_name_is_in_the_table() -> None:
    assert "anthropic.claude-haiku-5-5" in named_models()
    assert [name for name in named_models() if family_of(name).ids in OTHERS] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_models_that_the_documents_name_is_in_the_table(name: str) -> None:
    assert any(name in path.read_text("utf-8") for path in DOCUMENTS)
    assert any(own.startswith(NAMES[name]) for family in model_table().families for own in family.ids)


def test_the_documents_name_no_line_of_models_that_nobody_looks_for() -> None:
    (sentence,) = re.findall(
        r"The table knows (.+?);", (ROOT / "docs" / "design.md").read_text("utf-8"), re.DOTALL
    )
    assert set(re.split(r",\s+|\s+and\s+", sentence)) <= set(NAMES)


def test_the_table_was_made_after_our_notes_were_last_changed() -> None:
    made, notes = json.loads(TABLE.read_text("utf-8")), json.loads(NOTES.read_text("utf-8"))
    for row in notes["families"]:
        assert {field: value for field, value in row.items() if field != "source"} in made["families"]
    assert made["others"] == notes["others"]
    for rule in notes["rules"]:
        assert rule["source"].startswith("https://")
        assert any(family["ids"][0].startswith(rule["prefix"]) for family in made["families"])


def test_the_table_says_where_its_prices_come_from_and_since_when() -> None:
    source = model_table().source
    assert f"{source.package}=={source.version}" in (ROOT / "requirements" / "tables.in").read_text("utf-8")
    assert date(2026, 11, 1) <= date.fromisoformat(source.checked_on)


def test_the_layer_stays_small() -> None:
    assert TABLE.stat().st_size < 40_000


def test_no_two_families_claim_a_model() -> None:
    table = model_table().families
    for family in table:
        assert [other for other in table if other.has(family.ids[0])] == [family]


def test_prices_are_per_million_tokens_without_the_noise_of_floats() -> None:
    family = only({"amazon.nova-x-v1:0": entry(0.035, cache_read_input_token_cost=8.75e-09)})
    assert (family.input, family.output, family.cache_read) == (
        Decimal("0.035"),
        Decimal("0.14"),
        Decimal("0.00875"),
    )


def test_what_a_profile_costs_more_is_a_factor_of_the_cheapest_price() -> None:
    source = {
        "x.m-v1:0": entry(2.2),
        "global.x.m-v1:0": entry(2),
        "eu.x.m-v1:0": entry(2.2),
        "us.x.m-v1:0": entry(2),
    }
    family = only(source)
    assert (family.ids, family.input, dict(family.regional)) == (
        ("x.m",),
        Decimal(2),
        {"": Decimal("1.1"), "eu": Decimal("1.1")},
    )
    assert family.under("eu").input == family.under("").input == Decimal("2.2")
    assert family.under("us").input == Decimal(2)


def test_flex_is_the_factor_of_the_token_that_gets_cheaper_least() -> None:
    flex = {"input_cost_per_token_flex": 0.5e-6, "output_cost_per_token_flex": 3e-6}
    assert only({"x.m": entry(1, **flex)}).flex == Decimal("0.75")
    assert only({"x.m": entry(1)}).flex is None


@pytest.mark.parametrize(
    "fields, form",
    [
        ({}, AnswerForm.TEXT),
        ({"supports_function_calling": True}, AnswerForm.OFFERED_TOOL),
        ({"supports_function_calling": True, "supports_tool_choice": True}, AnswerForm.FORCED_TOOL),
        ({"supports_tool_choice": True, "supports_native_structured_output": True}, AnswerForm.STRUCTURED),
        (
            {"supports_tool_choice": True, "supports_bedrock_native_structured_output": True},
            AnswerForm.STRUCTURED,
        ),
        ({"supports_tool_choice": True, "supports_forced_tool_use": False}, AnswerForm.STRUCTURED),
    ],
)
def test_the_answer_is_kept_in_form_as_strictly_as_the_model_can(
    fields: dict[str, Any], form: AnswerForm
) -> None:
    assert only({"x.m": entry(**fields)}, rules=[{"prefix": "x.", "forces_tools": True}]).answer_form is form


def test_a_tool_is_not_forced_on_a_model_whose_makers_bedrock_takes_no_tool_choice_of() -> None:
    fields = {"supports_function_calling": True, "supports_tool_choice": True}
    assert only({"x.m": entry(**fields)}).answer_form is AnswerForm.OFFERED_TOOL


def test_of_our_rules_the_longer_prefix_wins_field_by_field() -> None:
    rules = [
        {"prefix": "x.m-3", "quota_per_output_token": 1},
        {"prefix": "x.", "quota_per_output_token": 5, "sampling": False},
    ]
    family = only({"x.m-3-1": entry()}, rules=rules)
    assert (family.quota_per_output_token, family.sampling) == (1, False)


@pytest.mark.parametrize(
    "key, fields",
    [
        ("bedrock/eu-west-1/x.m", {}),
        ("no-maker-v1:0", {}),
        ("x.picture", {"mode": "image_generation"}),
        ("x.elsewhere", {"litellm_provider": "bedrock_mantle"}),
        ("x.by-the-hour", {"input_cost_per_token": None}),
        ("x.old-2", {}),
    ],
)
def test_what_is_no_model_of_converse_or_of_embeddings_is_left_out(key: str, fields: dict[str, Any]) -> None:
    assert list(families({key: entry(**fields)}, NOTHING | {"left_out": ["x.old"]})) == []


def test_versions_of_a_model_are_one_family_and_those_of_an_embedding_are_models() -> None:
    chat = {"x.m-20240620-v1:0": entry(1), "x.m-20241022-v2:0": entry(2)}
    embedding = {f"x.e-v{version}:0": entry(mode="embedding") for version in (1, 2)}
    rows = list(families(chat | embedding, NOTHING))
    assert [(row["ids"], row["input"]) for row in rows] == [
        (["x.e-v1"], "1"),
        (["x.e-v2"], "1"),
        (["x.m"], "2"),
    ]


def test_made_twice_it_is_the_same_file_whenever_that_is() -> None:
    source = {"x.m": entry()}
    first = renewed("{}", source, NOTHING, "1.0", TODAY)
    assert first == table(source, NOTHING, "1.0", TODAY)
    assert renewed(first, source, NOTHING, "1.0", date(2027, 1, 1)) == first
    assert '"checked_on": "2027-01-01"' in renewed(first, source, NOTHING, "1.1", date(2027, 1, 1))


@pytest.mark.parametrize(
    "said, thinks",
    [
        ({}, False),
        ({"thinking_on_by_default": True}, True),
        ({"thinking_on_by_default": True, "thinking_always_on": False}, True),
        ({"thinking_on_by_default": True, "thinking_always_on": True}, False),
        ({"thinking_always_on": True}, False),
    ],
)
def test_a_model_that_thinks_of_itself_and_can_be_told_not_to_is_known(
    said: dict[str, Any], thinks: bool
) -> None:
    assert only({"x.m": entry(**said)}).thinks is thinks
