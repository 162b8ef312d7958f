"""Any OpenAI-compatible endpoint (Ollama, vLLM, llama.cpp…) as the engine behind the server."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import numpy as np

from local.bedrock.embedding import Embed
from local.bedrock.engine import EngineAnswer, EnginePrompt
from local.bedrock.errors import BedrockError, EngineError, throttled
from local.bedrock.labelling import unit
from local.bedrock.minilm import Floats
from local.bedrock.settings import ServerSettings

_STOPS = {"length": "max_tokens", "content_filter": "content_filtered"}


class OpenAIEngine:
    """Passes prompts on as chat completions, and answers on as they come: unchecked, unrepaired."""

    def __init__(self, settings: ServerSettings, embed: Embed) -> None:
        """`embed` is used unless the settings name an embedding model."""
        base = settings.model_url.rstrip("/")
        self._base = base if urlsplit(base).path else f"{base}/v1"
        self._settings = settings
        self._embed = embed

    @property
    def name(self) -> str:
        """The endpoint's model and address."""
        return f"{self._settings.model} at {self._base}"

    def answer(self, prompt: EnginePrompt) -> EngineAnswer:
        """What the endpoint's model says.

        Raises:
            BedrockError: the endpoint refused, in Bedrock's words.
            EngineError: it answered something that is no chat completion.
        """
        answer = self._post("chat/completions", _chat_request(self._settings.model, prompt))
        try:
            choice = answer["choices"][0]  # type: ignore[index]
            return _read_choice(choice)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise EngineError(f"{self.name} answered no chat completion") from error

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row of length 1 for each of `texts`; raises as `answer` does."""
        if not self._settings.embedding_model:
            return self._embed(texts)
        answer = self._post("embeddings", {"model": self._settings.embedding_model, "input": list(texts)})
        try:
            rows = [row["embedding"] for row in answer["data"]]  # type: ignore[attr-defined]
            return unit(np.array(rows, np.float32))
        except (KeyError, TypeError, ValueError) as error:
            raise EngineError(f"{self._settings.embedding_model} answered no embeddings") from error

    def _post(self, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
        headers = {"Content-Type": "application/json"}
        if self._settings.api_key:
            headers["Authorization"] = f"Bearer {self._settings.api_key}"
        request = urllib.request.Request(f"{self._base}/{path}", json.dumps(body).encode(), headers)  # noqa: S310 - the user names it
        try:
            with urllib.request.urlopen(request, timeout=self._settings.model_timeout) as reply:  # noqa: S310
                answer = json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                raise _translate(error.code, error.read(500).decode("utf-8", "replace")) from error
        except TimeoutError as error:
            raise BedrockError(408, "ModelTimeoutException", f"{self.name} took too long.") from error
        except OSError as error:
            raise _unavailable(f"{self.name} cannot be reached: {error}") from error
        except ValueError as error:
            raise EngineError(f"{self.name} answered no JSON") from error
        if not isinstance(answer, dict):
            raise EngineError(f"{self.name} answered no JSON object")
        return answer


def _chat_request(model: str, prompt: EnginePrompt) -> dict[str, object]:
    turns = [{"role": "system", "content": prompt.system}] if prompt.system else []
    request: dict[str, object] = {
        "model": model,
        "messages": [*turns, {"role": "user", "content": prompt.user}],
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
    }
    if prompt.tool:
        function = {"name": prompt.tool, "parameters": prompt.schema}
        request["tools"] = [{"type": "function", "function": function}]
        named = {"type": "function", "function": {"name": prompt.tool}}
        request["tool_choice"] = named if prompt.mode == "forced" else "auto"
    elif prompt.mode == "structured":
        schema = {"name": "answer", "schema": prompt.schema, "strict": True}
        request["response_format"] = {"type": "json_schema", "json_schema": schema}
    return request


def _read_choice(choice: Mapping[str, object]) -> EngineAnswer:
    message = choice["message"]
    stop = _STOPS.get(str(choice.get("finish_reason")), "")
    if not isinstance(message, Mapping):
        raise TypeError("message is no object")
    for call in message.get("tool_calls") or []:
        arguments = call["function"]["arguments"]
        try:
            value = json.loads(arguments)
        except ValueError:
            return EngineAnswer(arguments, stop)
        return EngineAnswer(value if isinstance(value, dict) else arguments, stop)
    return EngineAnswer(str(message.get("content") or ""), stop)


def _translate(status: int, reason: str) -> BedrockError:
    """The endpoint's refusal as Bedrock would say it."""
    if status == 429:
        return throttled("requests")
    if status not in _REFUSALS and not 400 <= status < 500:
        return _unavailable(f"The endpoint answered {status}: {reason}")
    own, code, words = _REFUSALS.get(status, (400, "ValidationException", "refused the request"))
    return BedrockError(own, code, f"The endpoint {words}: {reason}")


_REFUSALS = {
    401: (403, "AccessDeniedException", "refused access"),
    403: (403, "AccessDeniedException", "refused access"),
    404: (404, "ResourceNotFoundException", "does not know the model"),
    408: (408, "ModelTimeoutException", "took too long"),
    504: (408, "ModelTimeoutException", "took too long"),
}


def _unavailable(reason: str) -> BedrockError:
    return BedrockError(503, "ServiceUnavailableException", reason)
