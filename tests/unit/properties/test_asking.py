"""Packs, prompts and answers: any records come in whole, and any answer leaves each in one place."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.classify.packing import halves, pack, record_tokens, shuffled
from shared.contracts.errors import BlockError
from shared.model.prompt_blocks import parse_block, render_block
from tests.fuzz import answers
from tests.unit.classify.builders import record, records

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANYTHING,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANYTHING, inner, max_size=4),
    max_leaves=10,
)
NUMBERS = st.one_of(st.integers(-1, 10).map(str), st.sampled_from(["01", "٣", "9" * 7, "1.0", "+1"]))
WORDS = st.sampled_from(["positive", "Negative", "mixed", "neutral", "great", ""])
LINES = st.one_of(st.builds("{} {} {}".format, NUMBERS, NUMBERS, WORDS), JSON)
ANSWERS = st.one_of(JSON, st.fixed_dictionaries({"labels": st.lists(LINES, max_size=12)}))


@settings(max_examples=300)
@given(st.binary(min_size=2, max_size=2), ANSWERS)
def test_any_answer_in_any_form_leaves_each_record_in_one_place(asked: bytes, answer: object) -> None:
    answers.check(asked + json.dumps(answer).encode())


@given(st.binary(max_size=200))
def test_any_bytes_for_an_answer_leave_each_record_in_one_place(data: bytes) -> None:
    answers.check(data)


@given(st.integers(1, 64), st.data())
def test_asking_again_in_halves_ends_and_forgets_nobody(size: int, data: st.DataObject) -> None:
    everyone = records(size)
    wrong = [each for each in everyone if data.draw(st.booleans())] or everyone[:1]
    asked, rounds = size, 0
    while asked > 1:
        parts = list(halves(wrong, asked))
        assert sorted(each.record_id for part in parts for each in part) == sorted(
            each.record_id for each in wrong
        )
        assert all(len(part) <= (asked + 1) // 2 for part in parts)
        wrong, asked, rounds = parts[0], len(parts[0]), rounds + 1
    assert 2**rounds <= 2 * size


@given(st.lists(st.text(min_size=1, max_size=2000).filter(str.strip), max_size=30), st.integers(1, 20))
def test_packs_do_not_depend_on_how_often_they_are_cut(texts: list[str], size: int) -> None:
    given_records = [record(text, record_id=str(place)) for place, text in enumerate(texts)]
    once = pack(given_records, size, 500)
    assert once == pack(given_records, size, 500)
    assert all(shuffled(part) == shuffled(part[::-1]) for part in once)
    assert all(record_tokens(each) >= 1 for part in once for each in part)


@given(
    ANYTHING, st.lists(st.tuples(st.integers(0, 99), st.lists(ANYTHING, max_size=2).map(tuple)), max_size=4)
)
def test_any_text_around_a_block_leaves_it_alone_or_is_an_error(
    text: str, entries: list[tuple[int, tuple[str, ...]]]
) -> None:
    block = render_block("feedback", entries)
    assert parse_block(f"{text.replace('<', '')}\n{block}\n{text}", "feedback") == entries
    try:
        parse_block(text, "feedback")
    except BlockError:
        assert "<feedback>" in text


@pytest.mark.parametrize("name", ["", "a b", "a>", "</a", "A"])
def test_nothing_but_a_word_names_a_block(name: str) -> None:
    with pytest.raises(BlockError):
        parse_block("", name)
