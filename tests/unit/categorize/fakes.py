"""A Bedrock that understands a text as its first word: enough to tell themes apart, and to script."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from botocore.exceptions import ClientError

from shared.model.label_prompt import TOOL
from shared.model.prompt_blocks import parse_block

Judge = Callable[[list[str], list[str]], Mapping[str, Any]]
"""Texts and category names in, a verdict out."""


def new_theme(texts: list[str], categories: list[str]) -> Mapping[str, Any]:
    """Every group is new, and called after its first word."""
    word = texts[0].split()[0]
    return verdict("NEW", name=f"{word.title()} breaks early", description=f"about {word}")


def verdict(kind: str, category: int = 0, name: str = "", description: str = "") -> Mapping[str, Any]:
    return {
        "verdict": kind,
        "category": category,
        "name": name,
        "description": description,
        "examples": [1, 2, 3],
    }


def failure(code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Converse")  # type: ignore[typeddict-item]


class FakeBedrock:
    """Answers `converse` and `invoke_model`; `errors` are raised first, one a call."""

    def __init__(self, judge: Judge = new_theme, merges: Sequence[str] = ()) -> None:
        self.judge = judge
        self.merges = list(merges)
        self.errors: list[Exception] = []
        self.embedding_errors: list[Exception] = []
        self.embedded: list[str] = []
        self.judged: list[list[str]] = []
        self.labelled: list[str] = []
        """Texts that were asked about one by one, harmless requests among them."""
        self.merged: list[tuple[list[str], list[str]]] = []

    def converse(self, **request: Any) -> Any:
        if self.errors:
            raise self.errors.pop(0)
        tool = request["toolConfig"]["tools"][0]["toolSpec"]["name"]
        user = request["messages"][0]["content"][0]["text"]
        if tool == TOOL:
            system = "\n".join(block["text"] for block in request["system"] if "text" in block)
            return _converse_answer(tool, self._label(f"{system}\n{user}"))
        return _converse_answer(tool, self._judge(user) if tool == "judge_theme" else self._merge(user))

    def invoke_model(self, **request: Any) -> Any:
        if self.embedding_errors:
            raise self.embedding_errors.pop(0)
        body = json.loads(request["body"])
        if "texts" in body:
            self.embedded += body["texts"]
            answer: Mapping[str, Any] = {"embeddings": [vector(text) for text in body["texts"]]}
        else:
            self.embedded.append(body["inputText"])
            answer = {"embedding": vector(body["inputText"]), "inputTextTokenCount": 5}
        return {"body": io.BytesIO(json.dumps(answer).encode())}

    def _label(self, prompt: str) -> Mapping[str, Any]:
        """A text has the category whose name begins with its first word, else the first one."""
        categories = [strings[0].split()[0].lower() for _, strings in parse_block(prompt, "categories")]
        records = [(number, strings[-1]) for number, strings in parse_block(prompt, "feedback")]
        self.labelled += [text for _, text in records]
        words = [(number, text.split()[0].lower()) for number, text in records]
        found = [(n, categories.index(word) + 1 if word in categories else 1) for n, word in words]
        return {"labels": [f"{number} {category} positive" for number, category in found]}

    def _judge(self, user: str) -> Mapping[str, Any]:
        texts = [strings[0] for _, strings in parse_block(user, "feedback")]
        self.judged.append(texts)
        return self.judge(texts, [strings[0] for _, strings in parse_block(user, "categories")])

    def _merge(self, user: str) -> Mapping[str, Any]:
        proposals = [strings[0] for _, strings in parse_block(user, "proposals")]
        self.merged.append((proposals, [strings[0] for _, strings in parse_block(user, "categories")]))
        return {"merges": self.merges}


def vector(text: str) -> list[float]:
    """Texts that begin with the same word lie together, and no two are quite the same."""
    words = text.lower().replace(":", " ").split() or [""]
    centre = np.random.default_rng(_seed(words[0])).normal(size=32)
    own = np.random.default_rng(_seed(text)).normal(size=32)
    return [float(value) for value in centre + 0.3 * own]


def _seed(text: str) -> int:
    return int.from_bytes(text.encode()[:64], "little") % 2**32


def _converse_answer(tool: str, value: Mapping[str, Any]) -> Any:
    content = [{"toolUse": {"toolUseId": "1", "name": tool, "input": dict(value)}}]
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 100, "outputTokens": 10, "totalTokens": 110},
    }
