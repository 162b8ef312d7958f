"""InvokeModel for embeddings: the request shapes of Titan Text Embeddings V2 and Cohere Embed V3."""

import uuid
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field, ValidationError

from local.bedrock.errors import validation
from local.bedrock.labelling import unit
from local.bedrock.minilm import Floats
from local.bedrock.models import Traits
from local.bedrock.tokens import count_tokens
from shared.contracts.base import Contract


class TitanRequest(Contract):
    """One text."""

    input_text: str = Field(alias="inputText", min_length=1, max_length=50_000)
    dimensions: Literal[256, 384, 512, 1024] | None = None
    """Bedrock knows 256, 512 and 1024. The embedded model has 384, which is also the default here."""
    normalize: bool = True
    embedding_types: list[Literal["float"]] = Field(default=["float"], alias="embeddingTypes")

    @property
    def texts(self) -> Sequence[str]:
        """What is to be embedded."""
        return [self.input_text]


class CohereRequest(Contract):
    """Up to 96 texts."""

    texts: Sequence[str] = Field(min_length=1, max_length=96)
    input_type: Literal["search_document", "search_query", "classification", "clustering"]
    truncate: Literal["NONE", "START", "END"] = "NONE"
    embedding_types: list[Literal["float"]] | None = None


EmbeddingRequest = TitanRequest | CohereRequest


def read_embedding_request(body: bytes, traits: Traits) -> EmbeddingRequest:
    """The request in the shape of the model's family.

    Raises:
        BedrockError: ValidationException, with what is wrong.
    """
    if traits.embedding is None:
        raise validation("This server answers InvokeModel for embedding models only; use Converse.")
    shape: type[TitanRequest] | type[CohereRequest] = (
        TitanRequest if traits.embedding == "titan" else CohereRequest
    )
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise validation(
            f"Malformed input request: {place}: {first['msg']}, please reformat your input and try again."
        ) from error


def embedding_answer(request: EmbeddingRequest, vectors: Floats) -> dict[str, object]:
    """The body of the answer."""
    if isinstance(request, TitanRequest):
        row = fit_dimensions(vectors, request.dimensions)[0].tolist()
        tokens = count_tokens(request.input_text)
        return {"embedding": row, "embeddingsByType": {"float": row}, "inputTextTokenCount": tokens}
    rows = vectors.tolist()
    by_type = {"float": rows} if request.embedding_types else rows
    return {
        "id": str(uuid.uuid4()),
        "texts": list(request.texts),
        "embeddings": by_type,
        "response_type": "embeddings_by_type" if request.embedding_types else "embeddings_floats",
    }


def fit_dimensions(vectors: Floats, dimensions: int | None) -> Floats:
    """The rows with so many columns: cut and scaled again, or filled with zeros (similarities stay)."""
    have = vectors.shape[1]
    if dimensions is None or dimensions == have:
        return vectors
    if dimensions < have:
        return unit(vectors[:, :dimensions])
    return np.pad(vectors, ((0, 0), (0, dimensions - have)))
