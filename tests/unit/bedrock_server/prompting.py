"""Questions to the embedded engine, and their texts."""

from collections.abc import Mapping

from local.bedrock.engine import EnginePrompt, MiniLMEngine
from shared.model.prompt_blocks import render_block
from tests.unit.bedrock_server.requests import (
    LABELS,
    VERDICT,
    numbered,
)

INVOICES = [
    "I need an invoice with my VAT number and nobody can issue one.",
    "The invoice shows the wrong company name.",
    "Please correct the VAT on my invoice, our accountant refuses it.",
    "Where can I download the invoice for my tax return?",
    "Invoice arrived without the VAT breakdown.",
]
LATE = [
    "The parcel came two weeks late.",
    "My delivery was a week late.",
    "Late delivery again, I waited ten days for the parcel.",
    "The shipment arrived much later than promised.",
]


def ask(engine: MiniLMEngine, prompt: tuple[str, str], schema: Mapping[str, object]) -> dict[str, object]:
    answer = engine.answer(EnginePrompt(prompt[0], prompt[1], schema, "answer", 1000)).value
    assert isinstance(answer, dict)
    return answer


def labels(engine: MiniLMEngine, prompt: tuple[str, str]) -> list[str]:
    lines = ask(engine, prompt, LABELS)["labels"]
    assert isinstance(lines, list)
    return lines


def judgement(engine: MiniLMEngine, texts: list[str], categories: list[tuple[str, str]]) -> dict[str, object]:
    blocks = [render_block("categories", numbered(categories))] if categories else []
    blocks.append(render_block("feedback", numbered([[text] for text in texts])))
    return ask(engine, ("Judge.", "\n".join(blocks)), VERDICT)
