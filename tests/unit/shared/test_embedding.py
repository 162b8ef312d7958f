import io
import json

import numpy as np
import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError, ResponseStreamingError
from typing_extensions import override

from shared.model.bedrock_client import ModelBusy, ModelRefused
from shared.model.embedding import MAX_CHARACTERS, Embedder
from tests.unit.categorize.fakes import FakeBedrock, failure

TITAN = "amazon.titan-embed-text-v2:0"
COHERE = "eu.cohere.embed-multilingual-v3"


@pytest.mark.parametrize("model_id, calls", [(TITAN, 200), (COHERE, 3)])
def test_texts_are_asked_in_the_models_own_shape(model_id: str, calls: int) -> None:
    texts = [f"text {number}" for number in range(200)]
    bedrock = FakeBedrock()
    answers = list(Embedder(bedrock, model_id).embed(texts))
    assert sorted(bedrock.embedded) == sorted(texts)
    assert len(answers) == calls
    # An execution's calls are those to the language model; what embeddings cost is in tokens and dollars.
    assert sum(usage.calls for _, _, usage in answers) == 0
    assert sum(len(vectors) for _, vectors, _ in answers) == 200


def test_vectors_belong_to_their_texts_and_have_length_1() -> None:
    texts = ["battery", "parcel", "charger"]
    together = {at: vectors[0] for at, vectors, _ in Embedder(FakeBedrock(), TITAN).embed(texts)}
    alone = [next(iter(Embedder(FakeBedrock(), TITAN).embed([text])))[1][0] for text in texts]
    assert [together[at] for at in range(3)] == alone
    for vector in alone:
        assert np.linalg.norm(np.frombuffer(vector, "<f4")) == pytest.approx(1)


def test_a_long_text_is_cut() -> None:
    bedrock = FakeBedrock()
    list(Embedder(bedrock, TITAN).embed(["x" * 9000]))
    assert bedrock.embedded == ["x" * MAX_CHARACTERS]


def test_what_was_answered_before_the_trouble_is_given_out_first() -> None:
    answers = Embedder(_BusyOn("b"), TITAN, threads=1).embed(["a", "b"])
    at, _, _ = next(answers)
    assert at == 0
    with pytest.raises(ModelBusy):
        next(answers)


def test_a_model_that_refuses_is_said_so() -> None:
    bedrock = FakeBedrock()
    bedrock.embedding_errors = [failure("AccessDeniedException")]
    with pytest.raises(ModelRefused):
        list(Embedder(bedrock, TITAN).embed(["a"]))


@pytest.mark.parametrize("model_id", [TITAN, COHERE])
@pytest.mark.parametrize(
    "code, status",
    [
        ("ValidationException", 400),
        ("ModelErrorException", 424),
        ("ModelTimeoutException", 408),
        ("InternalServerException", 500),
        ("ACodeOfTomorrow", 400),
    ],
)
def test_a_text_that_the_model_fails_on_keeps_no_other_from_its_vector(
    model_id: str, code: str, status: int
) -> None:
    """Else one row that nobody can embed would end every discovery of its profile."""
    answers = list(
        Embedder(_Failing("cursed", code, status), model_id).embed(["battery", "cursed", "parcel"])
    )
    vectors = {at + n: row for at, rows, _ in answers for n, row in enumerate(rows)}
    [(_, [battery], _)] = Embedder(FakeBedrock(), model_id).embed(["battery"])
    assert sorted(vectors) == [0, 1, 2]
    assert vectors[0] == battery


@pytest.mark.parametrize(
    "answer",
    [
        *({}, [], None, 7, "x", {"embedding": None}, {"embedding": ["x"]}, {"embedding": [[1]]}),
        *({"embedding": [number, 1.0]} for number in (float("nan"), float("inf"), float("-inf"))),
    ],
)
def test_an_answer_that_holds_no_vector_is_none(answer: object) -> None:
    class Odd(FakeBedrock):
        @override
        def invoke_model(self, **request: object) -> object:
            return {"body": io.BytesIO(json.dumps(answer).encode())}

    with pytest.raises(ModelBusy):
        list(Embedder(Odd(), TITAN).embed(["battery"]))


def test_a_form_that_the_model_calls_invalid_needs_a_person() -> None:
    with pytest.raises(ModelRefused):
        list(Embedder(_Failing(""), TITAN).embed(["battery"]))


def test_an_error_that_passes_costs_no_text_its_vector() -> None:
    bedrock = FakeBedrock()
    bedrock.embedding_errors = [failure("InternalServerException", 500)]

    [(_, vectors, _)] = Embedder(bedrock, TITAN).embed(["battery"])

    assert [(0, vectors)] == [
        (at, found) for at, found, _ in Embedder(FakeBedrock(), TITAN).embed(["battery"])
    ]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_model_that_stumbles_now_and_then_costs_no_text_its_vector(times: int) -> None:
    errors = [failure("InternalServerException", 500)] * times

    class Stumbling(FakeBedrock):
        @override
        def invoke_model(self, **request: object) -> object:
            if "battery" in str(request["body"]) and errors:
                raise errors.pop()
            return super().invoke_model(**request)

    [(_, found, _)] = Embedder(Stumbling(), TITAN).embed(["battery"])

    [(_, vectors, _)] = Embedder(FakeBedrock(), TITAN).embed(["battery"])
    assert found == vectors


@pytest.mark.parametrize("model_id", [TITAN, COHERE])
@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url="u"),
        ConnectionClosedError(endpoint_url="u"),
        ResponseStreamingError(error="e"),
        ConnectionResetError(),
    ],
)
def test_a_network_that_is_slow_is_not_asked_text_by_text(model_id: str, error: Exception) -> None:
    """Each of them could take as long: classify has seconds for them, and a discovery would keep nothing."""
    calls: list[object] = []

    class Slow(FakeBedrock):
        @override
        def invoke_model(self, **request: object) -> object:
            calls.append(request)
            if "battery" in str(request["body"]):
                raise error
            return super().invoke_model(**request)

    with pytest.raises(ModelBusy):
        list(Embedder(Slow(), model_id).embed(["battery"]))

    assert len(calls) == 1


@pytest.mark.parametrize("code, status", [("InternalServerException", 500), ("ThrottlingException", 429)])
def test_where_nobody_is_answered_no_text_is_to_blame(code: str, status: int) -> None:
    bedrock = _Failing("", code, status)

    with pytest.raises(ModelBusy):
        list(Embedder(bedrock, COHERE).embed(["battery"] * 96))

    assert bedrock.calls <= 2


class _Failing(FakeBedrock):
    """Fails on requests that hold some text."""

    def __init__(self, text: str, code: str = "ValidationException", status: int = 400) -> None:
        super().__init__()
        self._text, self._error = text, (code, status)
        self.calls = 0

    @override
    def invoke_model(self, **request: object) -> object:
        self.calls += 1
        if self._text in str(request["body"]):
            raise failure(*self._error)
        return super().invoke_model(**request)


class _BusyOn(FakeBedrock):
    """Busy whenever it is asked about one text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    @override
    def invoke_model(self, **request: object) -> object:
        if self._text in str(request["body"]).partition(":")[2]:
            raise failure("ThrottlingException")
        return super().invoke_model(**request)
