"""What of the engine's judgement can be set, and where it comes from."""

from collections.abc import Mapping

from pydantic import Field, model_validator

from shared.contracts.base import Contract


class EngineSettings(Contract):
    """Constants of the embedded engine. They were chosen on `banking77` and hold for any data."""

    unknown_threshold: float = Field(default=0.0912, ge=0, le=1)
    """By bare names, a label needs a standing above this times ln(number of categories); see `novelty`."""
    same_threshold: float = Field(default=0.86, ge=0, le=2)
    """Closeness of a group to an existing category from which it is that category."""
    same_examples_threshold: float = Field(default=0.96, ge=0, le=2)
    """The same where the prompt shows texts of the category: 1 is as near as its own texts are."""
    mixed_threshold: float = Field(default=0.5, ge=0, le=1)
    """Share of a group's texts that its name must be near to; below it the group has no theme."""
    merge_threshold: float = Field(default=0.9, ge=0, le=1)
    """Similarity of two proposals, names with descriptions, from which they mean the same."""
    merge_category_threshold: float = Field(default=0.82, ge=0, le=1)
    """The same of a proposal and a category, whose descriptions are of another make."""
    cache_size: int = Field(default=20_000, ge=0)
    """Embeddings kept, 1.5 kB each."""
    vectors: str = ""
    """A file in which embeddings are kept beyond the server's end; empty: none."""


class ServerSettings(Contract):
    """The server's environment."""

    engine: EngineSettings = EngineSettings()
    model_url: str = ""
    """Base of an OpenAI-compatible endpoint (`http://127.0.0.1:11434/v1`); empty: the embedded engine."""
    model: str = ""
    embedding_model: str = ""
    """The endpoint's embedding model; empty: embeddings stay with the embedded engine."""
    api_key: str = Field(default="", repr=False)
    model_timeout: float = Field(default=120, gt=0)
    """Seconds that the endpoint may take for one answer."""

    @model_validator(mode="after")
    def _endpoint_has_a_model(self) -> "ServerSettings":
        if self.model_url and not self.model:
            raise ValueError("MODEL_URL needs MODEL, the name of the endpoint's model")
        return self


def read_settings(environ: Mapping[str, str]) -> ServerSettings:
    """The settings named in `environ`; what is not named keeps its default.

    Raises:
        pydantic.ValidationError: a value is out of its range.
    """
    engine = {
        name: environ[f"BEDROCK_{name.upper()}"]
        for name in EngineSettings.model_fields
        if f"BEDROCK_{name.upper()}" in environ
    }
    server = {
        field: environ[variable] for field, variable in _SERVER_VARIABLES.items() if environ.get(variable)
    }
    return ServerSettings.model_validate({"engine": engine, **server})


_SERVER_VARIABLES = {
    "model_url": "MODEL_URL",
    "model": "MODEL",
    "embedding_model": "MODEL_EMBEDDING",
    "api_key": "MODEL_API_KEY",
    "model_timeout": "MODEL_TIMEOUT",
}
