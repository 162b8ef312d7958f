"""What the reader of answers takes for an answer, and what it leaves alone."""

from typing import Any

import pytest

from shared.model import answer_json, answer_reader

NAMES = [("entry",), ("sentiment",), ("category",)]


def _call(name: str, given: object) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": "1", "name": name, "input": given}}


def _wrapped(times: int, value: object, *, in_lists: bool = False) -> object:
    for _ in range(times):
        value = [value] if in_lists else {"wrapper": value}
    return value


def test_the_call_of_the_tool_is_taken_before_those_of_others() -> None:
    content = [_call("search", {"query": "x"}), _call("label", {"lines": ["1 a"]})]
    assert answer_reader.payload(content, "label") == {"lines": ["1 a"]}


def test_calls_of_the_tool_that_differ_are_all_read_and_those_of_others_are_none() -> None:
    content = [_call("label", {"lines": ["1 a"]}), _call("label", {"lines": ["2 b"]})]
    assert answer_reader.payload(content, "label") == [{"lines": ["1 a"]}, {"lines": ["2 b"]}]
    assert answer_reader.payload(content, "other") is None


def test_text_may_be_parted_anywhere_and_stand_between_blocks_without_any() -> None:
    content: list[dict[str, Any]] = [
        {"text": '{"lines": ["1 a", "2'},
        {"reasoningContent": {}},
        {"text": ' b"]}'},
    ]
    assert answer_reader.payload(content, "label") == {"lines": ["1 a", "2 b"]}


@pytest.mark.parametrize("in_lists", [False, True])
def test_wrappers_are_opened_as_deep_as_it_is_said(in_lists: bool) -> None:
    inner = {"verdict": "new"}
    assert answer_reader.fields(_wrapped(20, inner, in_lists=in_lists), "verdict") == inner
    assert answer_reader.fields(_wrapped(21, inner, in_lists=in_lists), "verdict") is None


def test_lists_that_differ_are_no_answer() -> None:
    assert answer_reader.lines({"a": {"lines": ["1 a"]}, "b": {"lines": ["1 b"]}}, "lines") is None
    assert answer_reader.lines({"lines": {"items": ["1 a"], "others": ["1 b"]}}, "lines") is None


def test_of_several_answers_each_gives_the_list_under_the_key() -> None:
    answers = [{"lines": ["1 a"], "notes": ["x"]}, {"lines": ["2 b"], "notes": ["y"]}]
    assert answer_reader.lines(answers, "lines") == ["1 a", "2 b"]


@pytest.mark.parametrize("key", ['"lines":', "'lines'", " LINES\t"])
def test_a_key_is_known_with_the_signs_around_it(key: str) -> None:
    assert answer_reader.lines({key: ["1 a"], "notes": ["x"]}, "lines") == ["1 a"]


def test_a_list_alone_is_taken_for_the_lines_themselves() -> None:
    assert answer_reader.lines([1, ["2 b"]], "lines") == [1, ["2 b"]]
    assert answer_reader.lines([["1", "a"], ["2", "b"]], "lines") == [["1", "a"], ["2", "b"]]
    assert answer_reader.lines(["1 a"], "lines") == ["1 a"]


def test_the_smallest_list_in_prose_has_two_entries() -> None:
    assert answer_json.from_text('as said [1]: ["1 a", "2 b"]') == ["1 a", "2 b"]
    assert answer_json.from_text("as said [1]") is None


def test_words_under_a_number_are_read_by_their_names() -> None:
    said = {"category": "billing", "sentiment": "negative"}
    assert answer_reader.words({"1": said}, NAMES) == "1 negative billing"


def test_words_whose_order_contradicts_the_names_are_not_guessed() -> None:
    assert answer_reader.words({"entry": 1, "sentiment": "negative", "label": "billing"}, NAMES) == (
        "1 negative billing"
    )
    assert answer_reader.words({"sentiment": "negative", "entry": 1, "label": "billing"}, NAMES) is None


@pytest.mark.parametrize(
    "part", [["billing"], {"category": "billing"}, [["billing"]], {"label": ["billing"]}]
)
def test_a_word_may_be_wrapped_in_lists_and_objects(part: object) -> None:
    assert answer_reader.words([1, part]) == "1 billing"


@pytest.mark.parametrize("part", [True, None, [], {}, [[]], [True], {"category": None}, 1.5])
def test_only_words_and_numbers_make_a_line(part: object) -> None:
    assert answer_reader.words([1, part]) is None


def test_objects_that_contradict_each_other_have_no_fields() -> None:
    assert answer_reader.fields({"a": {"Verdict": "new"}}, "verdict") == {"verdict": "new"}
    assert answer_reader.fields({"a": {"verdict": "new"}, "b": {"verdict": "mixed"}}, "verdict") is None
    assert answer_reader.fields("no object", "verdict") is None


@pytest.mark.parametrize(
    "value, text",
    [
        (True, "true"),
        (False, "false"),
        (None, "-"),
        (0, "0"),
        (4.5, "4.5"),
        ("late", "late"),
        (["red", "blue"], "red; blue"),
        ([True, None], "true; -"),
        ({"amount": 5, "currency": "EUR"}, "5 EUR"),
        ([{"amount": 5, "currency": "EUR"}, 7], "5 EUR; 7"),
        ([], ""),
    ],
)
def test_a_value_is_one_text_as_a_line_would_have_it(value: object, text: str) -> None:
    assert answer_reader.value_text(value) == text


def _of_words(unquoted: int) -> str:
    return '{"lines": ["1 a"' + "".join(f", word{number}" for number in range(unquoted))


@pytest.mark.parametrize(
    "text, value",
    [
        ('{"lines": ["1 a", "2 b', {"lines": ["1 a"]}),
        ('So " it is: {"lines": ["1 a", "2 b', {"lines": ["1 a"]}),
        ('{"lines": ["1 a", "2 b, c, d, e, f, g, h', {"lines": ["1 a"]}),
        *((_of_words(number), {"lines": ["1 a"]}) for number in (1, 2, 3, 4, 5)),
        (_of_words(6), None),
    ],
)
def test_a_text_that_was_cut_off_is_read_up_to_the_last_whole_value(text: str, value: object) -> None:
    """Tried before its last five commas, of which none within a string that does not end is one."""
    assert answer_reader.payload([{"text": text}], "label") == value


@pytest.mark.parametrize(
    "text, value",
    [
        ('{"verdict": "SAME_AS", "category": 1', {"verdict": "SAME_AS"}),
        ('{"3": 2, "7": 1', {"3": 2}),
        ('[[3, 2, "a"], [7, 1', [[3, 2, "a"], [7]]),
        ('{"3": 2, "7": 1 ', {"3": 2, "7": 1}),
        ('{"3": 2, "7": "1"', {"3": 2, "7": "1"}),
        ('{"category": 1', None),
    ],
)
def test_a_number_at_the_end_of_a_text_that_was_cut_off_may_go_on(text: str, value: object) -> None:
    assert answer_reader.payload([{"text": text}], "label") == value


@pytest.mark.parametrize(
    "text, whole, cut_off",
    [
        ("3 1 a | 19.99\n7 2 b | 19", ["3 1 a | 19.99", "7 2 b | 19"], ["3 1 a | 19.99"]),
        ("3 1 a\n7 2 b\n", ["3 1 a", "7 2 b"], ["3 1 a", "7 2 b"]),
        ("3 1 a, for it says so", ["3 1 a, for it says so"], ["3 1 a, for it says so"]),
        (
            "verdict: NEW\ndescription: In wind.\nname: Tent po",
            {"verdict": "NEW", "description": "In wind.", "name": "Tent po"},
            {"verdict": "NEW", "description": "In wind."},
        ),
    ],
)
def test_the_last_line_of_a_text_that_was_cut_off_may_go_on(
    text: str, whole: object, cut_off: object
) -> None:
    for content in ([{"text": text}], [{"toolUse": {"name": "label", "input": text}}]):
        assert answer_reader.payload(content, "label") == whole
        assert answer_reader.payload(content, "label", cut_off=True) == cut_off


def test_words_alone_are_no_list_of_words() -> None:
    assert not answer_json.is_flat("words")
    assert answer_json.is_flat(["words"])


def test_a_byte_order_mark_before_a_fence_is_passed_over() -> None:
    assert answer_json.unwrapped("\ufeff```json\n[1]\n```") == answer_json.unwrapped("```json\n[1]\n```")


def test_one_line_with_a_colon_is_prose() -> None:
    assert answer_reader.payload([{"text": "Answer: none of these"}], "label") is None


def test_a_name_around_an_entry_is_no_number_of_it() -> None:
    assert answer_reader.words({"answer": {"category": 3, "sentiment": "positive"}}) == "3 positive"


def test_a_line_without_a_number_after_one_with_a_number_is_kept() -> None:
    assert answer_reader.lines({"labels": "17 3 positive\nnot sure"}, "labels") == [
        "17 3 positive",
        "not sure",
    ]
