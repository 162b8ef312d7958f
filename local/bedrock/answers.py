"""An engine's answer in the form that the request asked for, corrupted if a fault says so."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from local.bedrock.engine import EngineAnswer, EnginePrompt
from local.bedrock.tokens import compact, count_tokens, cut_tokens

UNKNOWN_NUMBER = 9999
"""A record and a category that no prompt has."""


@dataclass(frozen=True)
class ConverseReply:
    """The content of the answering message, why it ends, and its tokens."""

    content: list[dict[str, object]]
    stop_reason: str
    output_tokens: int


def form(answer: EngineAnswer, prompt: EnginePrompt) -> ConverseReply:
    """A tool call if there is a tool, text otherwise, cut where maxTokens ends it."""
    if prompt.tool and isinstance(answer.value, dict):
        reply = _tool_call(answer.value, prompt)
    else:
        text = answer.value if isinstance(answer.value, str) else compact(answer.value)
        cut = cut_tokens(text, prompt.max_tokens)
        content: list[dict[str, object]] = [{"text": cut}] if cut else []
        reply = ConverseReply(content, "end_turn" if cut == text else "max_tokens", count_tokens(cut))
    return replace(reply, stop_reason=answer.stop_reason) if answer.stop_reason else reply


def corrupt_answer(answer: EngineAnswer, fault: str) -> EngineAnswer:
    """The answer with something wrong in what it says; itself if `fault` is not of that sort."""
    if fault in _ANSWER_FAULTS and isinstance(answer.value, dict):
        return replace(answer, value=_ANSWER_FAULTS[fault](answer.value))
    return answer


def corrupt_reply(reply: ConverseReply, prompt: EnginePrompt, fault: str) -> ConverseReply:
    """The reply with something wrong in its form; itself if `fault` is not of that sort."""
    if fault == "truncated":
        return _truncate(reply, prompt)
    if fault == "malformed":
        return replace(reply, content=[_break(block) for block in reply.content])
    if fault == "chatty":
        return _chat(reply)
    if fault in _FIXED:
        content, stop_reason = _FIXED[fault]
        return ConverseReply(content, stop_reason, sum(count_tokens(str(block["text"])) for block in content))
    return reply


def given_reply(content: Sequence[Mapping[str, object]]) -> ConverseReply:
    """These content blocks; a tool call without an id gets one, for Bedrock's have one."""
    blocks = [dict(block) for block in content]
    for block in blocks:
        if isinstance(call := block.get("toolUse"), Mapping):
            block["toolUse"] = {"toolUseId": _call_id(), **call}
    stop_reason = "tool_use" if any("toolUse" in block for block in blocks) else "end_turn"
    return ConverseReply(blocks, stop_reason, count_tokens(compact(blocks)))


_FIXED: Mapping[str, tuple[list[dict[str, object]], str]] = {
    "refusal": ([{"text": "I'm sorry, but I can't help with that."}], "end_turn"),
    "content_filtered": (
        [{"text": "The generated text has been blocked by our content filters."}],
        "content_filtered",
    ),
    "guardrail": ([{"text": "Sorry, the model cannot answer this question."}], "guardrail_intervened"),
    "empty": ([], "end_turn"),
}


def _tool_call(answer: dict[str, object], prompt: EnginePrompt) -> ConverseReply:
    fitting = _fit(answer, prompt.max_tokens)
    stop_reason = "tool_use" if fitting == answer else "max_tokens"
    call = {"toolUseId": _call_id(), "name": prompt.tool, "input": fitting}
    return ConverseReply(
        [{"toolUse": call}], stop_reason, min(count_tokens(compact(answer)), prompt.max_tokens)
    )


def _call_id() -> str:
    return f"tooluse_{uuid.uuid4().hex[:22]}"


def _fit(answer: dict[str, object], most: int) -> dict[str, object]:
    """As much of a tool's input as so many tokens hold: a list loses its end, anything else all."""
    if count_tokens(compact(answer)) <= most:
        return answer
    for key, value in answer.items():
        if isinstance(value, list) and len(answer) == 1:
            kept = list(value)
            while kept and count_tokens(compact({key: kept})) > most:
                kept.pop()
            return {key: kept}
    return {}


def _truncate(reply: ConverseReply, prompt: EnginePrompt) -> ConverseReply:
    """As if maxTokens had been half of what the answer needs."""
    half = max(reply.output_tokens // 2, 1)
    for block in reply.content:
        call = block.get("toolUse")
        if isinstance(call, dict):
            return replace(
                _tool_call(call["input"], replace(prompt, max_tokens=half)), stop_reason="max_tokens"
            )
    texts = [{"text": cut_tokens(str(block["text"]), half)} for block in reply.content]
    return ConverseReply([dict(block) for block in texts], "max_tokens", half)


def _break(block: dict[str, object]) -> dict[str, object]:
    """A tool's input, or a text, that nobody can read: it is written backwards."""
    call = block.get("toolUse")
    if isinstance(call, dict):
        first = next(iter(call["input"]), "input")
        return {"toolUse": {**call, "input": {first: compact(call["input"])[::-1]}}}
    return {"text": str(block["text"])[::-1]}


def _chat(reply: ConverseReply) -> ConverseReply:
    """The answer as prose around a code fence instead of a tool call or bare JSON."""
    first = reply.content[0] if reply.content else {}
    call = first.get("toolUse")
    body = compact(call["input"]) if isinstance(call, dict) else str(first.get("text", ""))
    text = f"Here is what you asked for:\n```json\n{body}\n```\nLet me know if you need anything else."
    return ConverseReply([{"text": text}], "end_turn", count_tokens(text))


def _missing(answer: dict[str, object]) -> dict[str, object]:
    return {key: value[1::2] if isinstance(value, list) else value for key, value in answer.items()}


def _duplicated(answer: dict[str, object]) -> dict[str, object]:
    return {key: value + value[:1] if isinstance(value, list) else value for key, value in answer.items()}


def _invented(answer: dict[str, object]) -> dict[str, object]:
    extra: dict[str, object] = {"labels": f"{UNKNOWN_NUMBER} 0 neutral", "examples": UNKNOWN_NUMBER}
    extra["merges"] = f"{UNKNOWN_NUMBER} into category {UNKNOWN_NUMBER}"
    return {
        key: [*value, extra.get(key, UNKNOWN_NUMBER)] if isinstance(value, list) else value
        for key, value in answer.items()
    }


def _mislabelled(answer: dict[str, object]) -> dict[str, object]:
    spoiled = dict(answer)
    labels = answer.get("labels")
    if isinstance(labels, list):
        spoiled["labels"] = [_relabel(line) if place % 2 == 0 else line for place, line in enumerate(labels)]
    if "category" in answer:
        spoiled.update(verdict="SAME_AS", category=UNKNOWN_NUMBER)
    return spoiled


def _relabel(line: str) -> str:
    number, _, mood = line.split(" ", 2)
    return f"{number} {UNKNOWN_NUMBER} {mood}"


_ANSWER_FAULTS: Mapping[str, Callable[[dict[str, object]], dict[str, object]]] = {
    "missing_ids": _missing,
    "duplicate_ids": _duplicated,
    "invented_ids": _invented,
    "wrong_labels": _mislabelled,
}
