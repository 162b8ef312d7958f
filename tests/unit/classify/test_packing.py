from hypothesis import given
from hypothesis import strategies as st

from services.classify.packing import halves, pack, record_tokens, shuffled
from shared.contracts.profiles import Input
from shared.model.cost_estimate import MAX_SHOWN, estimate_tokens, max_tokens
from shared.model.label_prompt import shown, texts
from tests.unit.classify.builders import record, records


def test_a_pack_holds_at_most_its_number_of_records() -> None:
    assert [len(each) for each in pack(records(45), size=20, tokens=10_000)] == [20, 20, 5]


def test_a_pack_holds_at_most_its_tokens() -> None:
    long = [record("word " * 300 + str(number)) for number in range(6)]

    packs = pack(long, size=20, tokens=2 * record_tokens(long[0]))

    assert [len(each) for each in packs] == [2, 2, 2]


def test_what_the_profile_shows_of_a_record_takes_room_in_its_pack() -> None:
    """Columns besides the text, and more of the text than usual."""
    bare = [record("late") for _ in range(4)]
    wide = [each.model_copy(update={"segments": {"plan": "word " * 30}}) for each in bare]
    long = [record("word " * 1000) for _ in range(4)]

    for each, shows in ((wide, Input(show=("plan",))), (long, Input(most_text=5000))):
        needed = record_tokens(each[0], shows)
        assert needed > record_tokens(each[0])
        assert [len(part) for part in pack(each, 20, 2 * needed, shows)] == [2, 2]
        assert [len(part) for part in pack(each, 20, 2 * needed - 1, shows)] == [1, 1, 1, 1]


def test_a_record_larger_than_a_pack_has_one_to_itself() -> None:
    assert [len(each) for each in pack([record("word " * 400), record("a")], 20, tokens=50)] == [1, 1]


def test_nothing_to_ask_makes_no_pack() -> None:
    assert pack([], 20, 1000) == []


def test_the_order_within_a_pack_is_not_the_files_but_always_the_same() -> None:
    given_order = records(20)

    assert shuffled(given_order) == shuffled(given_order[::-1])
    assert shuffled(given_order) != given_order


def test_long_text_is_shown_by_its_beginning_and_its_end() -> None:
    text = "a" * 1500 + "b" * 1000 + "c" * 700

    short = shown(text)

    assert len(short) == MAX_SHOWN
    assert short.startswith("a" * 1400)
    assert short.endswith("c" * 595)
    assert shown("a" * MAX_SHOWN) == "a" * MAX_SHOWN


def test_a_title_is_shown_before_the_text_and_an_empty_one_not_at_all() -> None:
    assert texts(record("text", title="title")) == ("title", "text")
    assert texts(record("text")) == ("text",)


def test_max_tokens_grows_with_the_pack() -> None:
    assert max_tokens(20) - max_tokens(19) == 12
    assert max_tokens(1) < 100


def test_what_must_be_asked_again_goes_into_packs_of_half_the_size_at_most() -> None:
    assert [len(part) for part in halves(records(20), asked=20)] == [10, 10]
    assert [len(part) for part in halves(records(3), asked=20)] == [3]
    assert [len(part) for part in halves(records(2), asked=3)] == [2]
    assert [len(part) for part in halves(records(1), asked=1)] == [1]


@given(st.text())
def test_an_estimate_is_positive_and_signs_beyond_ascii_count_for_more(text: str) -> None:
    assert 1 <= estimate_tokens(text) <= len(text) + 1


@given(
    st.lists(st.text(min_size=1).filter(str.strip), max_size=60, unique=True),
    st.integers(1, 30),
    st.integers(10, 500),
)
def test_packs_hold_every_record_exactly_once(texts: list[str], size: int, tokens: int) -> None:
    given_records = [record(text, record_id=str(place)) for place, text in enumerate(texts)]

    packs = pack(given_records, size, tokens)

    together = [each.record_id for part in packs for each in part]
    assert sorted(together) == sorted(each.record_id for each in given_records)
    assert all(len(part) <= size for part in packs)
    assert all(len(part) == 1 or sum(map(record_tokens, part)) <= tokens for part in packs)
