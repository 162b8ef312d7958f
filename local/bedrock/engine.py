"""Answers what a prompt asks by meaning, from the prompt's own blocks and the schema it comes with."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from local.bedrock.embedding import Embed, EmbeddingCache, StoredEmbeddings
from local.bedrock.errors import EngineError
from local.bedrock.facts import attributes_in, names_found, values_of
from local.bedrock.judging import judge_group
from local.bedrock.labelling import Labeller, PromptCategory
from local.bedrock.merging import merge_proposals
from local.bedrock.minilm import Floats, MiniLM, find_model
from local.bedrock.sentiment import Sentiments
from local.bedrock.topics import Topic, topics_of
from shared.contracts.errors import BlockError
from shared.model.label_task import QUOTE, aspects_in, shown_in
from shared.model.prompt_blocks import Entry, parse_block

Value = dict[str, object] | str
"""An object that follows the request's schema, or text."""

KINDS = {"labels": "label", "verdict": "judge", "merges": "merge"}
"""The property of a schema that tells what its prompt asks."""
PREPARED_TAXONOMIES = 16
_REMEMBERED = 20_000
"""Embeddings kept in memory, 1.5 kB each."""
_MOST_STARS = 5
_QUOTED = 100
"""Characters of a clause that are quoted."""


@dataclass(frozen=True)
class EnginePrompt:
    """A request, as an engine needs it."""

    system: str
    user: str
    schema: Mapping[str, object] | None
    tool: str
    """Name of the tool whose input `schema` describes, or an empty string."""
    max_tokens: int
    mode: str = "text"
    """How the answer is kept in form: structured, forced, offered or text."""
    temperature: float = 0

    @property
    def kind(self) -> str:
        """label, judge, merge or other by the schema's properties, probe without a schema."""
        if self.schema is None:
            return "probe"
        properties = self.schema.get("properties")
        names = properties if isinstance(properties, Mapping) else {}
        return next((kind for name, kind in KINDS.items() if name in names), "other")


@dataclass(frozen=True)
class EngineAnswer:
    """What an engine says."""

    value: Value
    stop_reason: str = ""
    """Converse's, where the engine itself was stopped: max_tokens or content_filtered."""


class Engine(Protocol):
    """What answers the prompts that the server gets."""

    @property
    def name(self) -> str:
        """What answers, for people to read."""

    def answer(self, prompt: EnginePrompt) -> EngineAnswer:
        """What the prompt asks for.

        Raises:
            EngineError: there is no answer.
            BedrockError: there is none for a reason that Bedrock has a word for.
        """

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row of length 1 for each of `texts`."""


class MiniLMEngine:
    """The embedded engine: a sentence-embedding model and arithmetic."""

    name = "all-MiniLM-L6-v2 (embedded)"

    def __init__(self, embed: Embed) -> None:
        self.embed = embed
        self._moods = Sentiments(embed)
        # Prepared once: many packs carry the same taxonomy and examples.
        self._labeller = lru_cache(PREPARED_TAXONOMIES)(self._prepare)

    def answer(self, prompt: EnginePrompt) -> EngineAnswer:
        """What the prompt asks for; raises EngineError if it is none of what this engine knows."""
        tasks = {"label": self._label, "judge": self._judge, "merge": self._merge}
        if prompt.kind == "probe":
            return EngineAnswer("OK.")
        if prompt.kind not in tasks:
            raise EngineError("the schema has none of the properties labels, verdict and merges")
        try:
            return EngineAnswer(tasks[prompt.kind](f"{prompt.system}\n{prompt.user}"))
        except BlockError as error:
            raise EngineError(str(error)) from error

    def _label(self, text: str) -> Value:
        categories = _required(text, "categories")
        records = _required(text, "feedback")
        # What records say is no instruction: only what stands before the categories is.
        words = text.partition("\n<categories>\n")[0]
        shown = shown_in(words)
        facts = [dict(zip(shown, strings, strict=False)) for _, strings in records]
        written = [strings[len(shown) :] for _, strings in records]
        texts = [_prose(strings) for strings in written]
        vectors = self.embed(texts)
        examples = parse_block(text, "examples")
        labeller = self._labeller(tuple(categories), tuple(examples))
        moods = self._moods.judge(texts, vectors, [_stars(known.get("stars", "")) for known in facts])
        longest = [max(strings, key=len, default="") for strings in written]
        whole = [Topic(*each) for each in zip(labeller.label(vectors), moods, longest, strict=True)]
        found = topics_of(texts, whole, aspects_in(words), labeller, self._moods, self.embed)
        asked = attributes_in(parse_block(text, "attributes"))
        quotes = QUOTE in words
        lines = []
        for (number, _), known, strings, topics in zip(records, facts, written, found, strict=True):
            labels = [_label(topic, categories, quoted=quotes) for topic in topics]
            lines_shown = [f"{name}: {value}" for name, value in known.items() if value]
            said = "\n".join([_prose(strings), *lines_shown])
            values = values_of(asked, said, self.embed, names_found(strings))
            lines.append(" | ".join([f"{number} {' '.join(labels)}", *values]))
        return {"labels": lines}

    def _judge(self, text: str) -> Value:
        categories = parse_block(text, "categories")
        records = _required(text, "feedback")
        texts = [_prose(strings) for _, strings in records]
        known = _known(categories, parse_block(text, "examples"))
        verdict = judge_group(texts, _categories(categories), known, self.embed)
        return {
            "verdict": verdict.verdict,
            "category": categories[verdict.category][0] if verdict.category >= 0 else 0,
            "name": verdict.name,
            "description": verdict.description,
            "examples": [records[position][0] for position in verdict.examples],
        }

    def _merge(self, text: str) -> Value:
        categories = parse_block(text, "categories")
        proposals = _required(text, "proposals")
        merges = merge_proposals(_categories(proposals), _categories(categories), self.embed)
        targets = {"category": categories, "proposal": proposals}
        return {
            "merges": [
                f"{proposals[each.proposal][0]} into {each.into} {targets[each.into][each.target][0]}"
                for each in merges
            ]
        }

    def _prepare(self, categories: Sequence[Entry], examples: Sequence[Entry]) -> Labeller:
        """The labeller of a taxonomy."""
        known = [(place, text) for place, texts in _known(categories, examples).items() for text in texts]
        return Labeller(_categories(categories), known, self.embed)


def load_engine(vectors: str = "") -> MiniLMEngine:
    """The embedded engine with its weights.

    Args:
        vectors: the path of a file in which embeddings are kept; empty: none.

    Raises:
        EngineError: the weights are not installed.
    """
    embed: Embed = MiniLM(find_model()).embed
    if vectors:
        embed = StoredEmbeddings(embed, Path(vectors))
    return MiniLMEngine(EmbeddingCache(embed, _REMEMBERED))


def _label(topic: Topic, categories: Sequence[Entry], *, quoted: bool) -> str:
    number = categories[topic.position][0] if topic.position >= 0 else 0
    quote = f" [{re.split(r'[][|]', topic.clause.strip())[0][:_QUOTED].strip()}]" if quoted else ""
    return f"{number} {topic.mood}{quote}"


def _stars(said: str) -> float | None:
    """The stars of a record, from 0 to 5; None if they are not known."""
    try:
        stars = float(said)
    except ValueError:
        return None
    return stars if 0 <= stars <= _MOST_STARS else None


def _required(text: str, name: str) -> list[Entry]:
    entries = parse_block(text, name)
    if not entries:
        raise EngineError(f"the prompt has no block {name}")
    return entries


def _categories(entries: Sequence[Entry]) -> list[PromptCategory]:
    return [PromptCategory(strings[0] if strings else "", " ".join(strings[1:])) for _, strings in entries]


def _known(categories: Sequence[Entry], examples: Sequence[Entry]) -> dict[int, list[str]]:
    """The examples' texts by the position of their category."""
    places = {number: place for place, (number, _) in enumerate(categories)}
    known: dict[int, list[str]] = {}
    for number, strings in examples:
        if number in places:
            known.setdefault(places[number], []).append(_prose(strings))
    return known


def _prose(strings: Sequence[str]) -> str:
    return ". ".join(string for string in strings if string.strip())
