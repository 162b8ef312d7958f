"""The server's environment."""

from collections.abc import Mapping

from pydantic import Field, model_validator

from shared.contracts.base import Contract


class ServerSettings(Contract):
    """What answers, and where embeddings are kept."""

    vectors: str = ""
    """A file in which embeddings are kept beyond the server's end; empty: none."""
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
    named = {field: environ[variable] for field, variable in _VARIABLES.items() if environ.get(variable)}
    return ServerSettings.model_validate(named)


_VARIABLES = {
    "vectors": "BEDROCK_VECTORS",
    "model_url": "MODEL_URL",
    "model": "MODEL",
    "embedding_model": "MODEL_EMBEDDING",
    "api_key": "MODEL_API_KEY",
    "model_timeout": "MODEL_TIMEOUT",
}
