"""Embeds texts with Bedrock's InvokeModel, in the request forms of Titan and of Cohere.

A vector is its little-endian float32 bytes here, as it is stored: what needs numpy is not shared.
"""

import json
import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import HTTPClientError

from shared.contracts.execution import Usage
from shared.model.bedrock import token_count
from shared.model.bedrock_client import (
    ERRORS,
    UNREADABLE,
    About,
    ModelBusy,
    ModelFailed,
    everybodys,
    translate,
)
from shared.model.model_table import family_of

MAX_CHARACTERS = 2000
"""Of a text that are embedded: what Cohere takes, and more than a theme needs."""
THREADS = 8
_ROUND = 64
_HARMLESS = "OK"
_TRIES = 4
"""Of a text that fails while a harmless one does not: it may be a model that stumbles now and then."""
_TOKENS_HEADER = "x-amzn-bedrock-input-token-count"


class InvokeClient(Protocol):
    """boto3's `bedrock-runtime` client, as far as it is used here."""

    def invoke_model(self, **request: Any) -> Any: ...


@dataclass(frozen=True)
class Shape:
    """A family's request form, and where its answer holds the vectors."""

    texts_per_call: int
    body: Callable[[Sequence[str]], Mapping[str, Any]]
    vectors: Callable[[Mapping[str, Any]], Sequence[Sequence[float]]]


def _cohere_vectors(answer: Mapping[str, Any]) -> Sequence[Sequence[float]]:
    found = answer["embeddings"]
    vectors: Sequence[Sequence[float]] = found["float"] if isinstance(found, dict) else found
    return vectors


TITAN = Shape(1, lambda texts: {"inputText": texts[0]}, lambda answer: [answer["embedding"]])
COHERE = Shape(
    96, lambda texts: {"texts": list(texts), "input_type": "clustering", "truncate": "END"}, _cohere_vectors
)


class Embedder:
    """An embedding model behind InvokeModel; calls run side by side."""

    def __init__(self, client: InvokeClient, model_id: str, threads: int = THREADS) -> None:
        self._client = client
        self.model_id = model_id
        self._shape = COHERE if "cohere." in model_id else TITAN
        self._threads = threads

    def embed(self, texts: Sequence[str]) -> Iterator[tuple[int, list[bytes], Usage]]:
        """Yields, call by call, the position of its first text, a vector of length 1 a text, and its cost.

        What was answered before an error is yielded first, so that it can be kept.

        Raises:
            ModelBusy: some texts may be embedded later.
            ModelRefused: a person must look.
        """
        size = self._shape.texts_per_call
        with ThreadPoolExecutor(self._threads) as pool:
            for start in range(0, len(texts), size * _ROUND):
                firsts = range(start, min(start + size * _ROUND, len(texts)), size)
                yield from _finish({pool.submit(self._call, texts[at : at + size]): at for at in firsts})

    def _call(self, texts: Sequence[str], tries: int = _TRIES) -> tuple[list[bytes], Usage]:
        """Embeds these; a text that the model fails on gets the vector of a text without meaning.

        Args:
            tries: how often a text is asked about where the error may be another's.
        """
        try:
            return self._ask(texts)
        except (ModelBusy, ModelFailed) as error:
            unclear = isinstance(error, ModelBusy)
            if isinstance(error, ModelBusy) and error.about is not About.UNCLEAR:
                raise
            if list(texts) == [_HARMLESS]:
                # It is not the text: everybody meets it, or the request form is wrong.
                raise everybodys(error) from error
        harmless = self._call([_HARMLESS])
        if len(texts) == 1:
            return self._call(texts, tries - 1) if unclear and tries > 1 else harmless
        parts = [self._call([text]) for text in texts]
        return [row for rows, _ in parts for row in rows], sum((used for _, used in parts), Usage())

    def _ask(self, texts: Sequence[str]) -> tuple[list[bytes], Usage]:
        body = self._shape.body([text[:MAX_CHARACTERS] for text in texts])
        try:
            response = self._client.invoke_model(
                modelId=self.model_id,
                body=json.dumps(body),
                contentType="application/json",
                accept="application/json",
            )
            answer = json.loads(response["body"].read())
            vectors = [_unit(vector) for vector in self._shape.vectors(answer)]
        except (HTTPClientError, OSError) as error:
            # The network. No text is long enough to be to blame, and each of a pack could take as long again.
            raise ModelBusy(type(error).__name__) from error
        except ERRORS as error:
            raise translate(error) from error
        except (*UNREADABLE, struct.error) as error:
            # A body that ends early, is no JSON or holds no vectors.
            raise ModelBusy(type(error).__name__, About.UNCLEAR) from error
        if len(vectors) != len(texts):
            raise ModelBusy("IncompleteAnswer", About.UNCLEAR)
        return vectors, self._usage(response, answer)

    def _usage(self, response: Mapping[str, Any], answer: Mapping[str, Any]) -> Usage:
        headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        tokens = token_count(headers.get(_TOKENS_HEADER) or answer.get("inputTextTokenCount"))
        usage = Usage(input_tokens=tokens)
        return usage.model_copy(update={"estimated_cost": family_of(self.model_id).cost(usage)})


def _finish(
    calls: Mapping[Future[tuple[list[bytes], Usage]], int],
) -> Iterator[tuple[int, list[bytes], Usage]]:
    wait(calls, return_when=FIRST_EXCEPTION)
    for call in calls:
        call.cancel()
    wait(calls)
    ended = {call: at for call, at in calls.items() if not call.cancelled()}
    for call, at in ended.items():
        if call.exception() is None:
            yield at, *call.result()
    for call in ended:
        call.result()


def _unit(vector: Sequence[float]) -> bytes:
    length = max(math.hypot(*vector), 1e-12)
    if not math.isfinite(length):
        raise ValueError("no numbers")
    return struct.pack(f"<{len(vector)}f", *(value / length for value in vector))
