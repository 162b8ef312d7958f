"""What an answer to two records says, and in which words."""

import json
from typing import Any

from shared.contracts.taxonomy import Sentiment
from shared.model.answer_reader import payload
from shared.model.label_lines import Label
from shared.model.label_prompt import TOOL

RIGHT = ["1 1 negative", "2 5 positive"]
LABELS = {1: Label(1, Sentiment.NEGATIVE), 2: Label(5, Sentiment.POSITIVE)}
NAMES = ["Delivery", "Price", "Taste", "Size", "Staff"]
TEXT = json.dumps({"labels": RIGHT})


def said(case: dict[str, Any], tool: str = TOOL) -> object:
    """What the reader finds in such an answer."""
    if "text" in case:
        return payload([{"text": case["text"]}], tool)
    return payload([{"toolUse": {"name": case.get("tool_name", tool), "input": case["tool_input"]}}], tool)
