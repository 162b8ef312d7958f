"""JSON in columns, as a later version wrote it before the code was rolled back."""

import json

import pytest

from services.classify.agreement import Agreement
from services.classify.answers import essence, from_essence
from shared.contracts.base import Contract
from shared.stores.discovery_store import Verdict, VerdictKind
from shared.stores.feedback_store import Answer, RowAspect
from shared.stores.results_upload_store import Chunk, ParquetUpload, RowGroup

GROUP = RowGroup(rows=1, size=2, chunks=(Chunk(values=1, size=2, raw=3),))


@pytest.mark.parametrize(
    "kept",
    [Agreement(), Verdict(kind=VerdictKind.NEW, name="Fees"), ParquetUpload(upload_id="1", groups=(GROUP,))],
)
def test_what_a_later_version_says_besides_is_passed_over(kept: Contract) -> None:
    said = with_more(json.loads(kept.model_dump_json()))

    assert type(kept).model_validate(said) == kept


def test_an_answer_that_votes_is_read_with_more() -> None:
    topic = RowAspect(category="Price", category_id=1, sentiment="negative")
    answer = Answer(label="Price", sentiment="negative", aspects=(topic,))

    assert from_essence(json.dumps(with_more(json.loads(essence(answer))))) == answer


def with_more(said: object) -> object:
    if isinstance(said, list):
        return [with_more(each) for each in said]
    if isinstance(said, dict) and said:
        return {name: with_more(each) for name, each in said.items()} | {"later": 1}
    return said
