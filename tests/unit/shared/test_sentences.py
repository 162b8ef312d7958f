"""How a text is parted, so that each part speaks of one thing."""

import pytest

from shared.contracts.sentences import LONGEST_PART, MOST_PARTS, clauses, part_with, sentences


@pytest.mark.parametrize(
    "text, parts",
    [
        ("The parcel was late. The wifi drops daily!", ["The parcel was late.", "The wifi drops daily!"]),
        ('He said "it is late." The wifi drops daily', ['He said "it is late.', "The wifi drops daily"]),
        ("Wifi drops again\nThe parcel was late", ["Wifi drops again", "The parcel was late"]),
        (
            "It costs 3.50 at most. Great! Fits my phone well",
            ["It costs 3.50 at most.", "Fits my phone well"],
        ),
        ("包裹来晚了。无线网络总是断。", ["包裹来晚了。", "无线网络总是断。"]),
        ("Great!", ["Great!"]),
        ("", [""]),
    ],
)
def test_sentences_end_where_people_end_them(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


@pytest.mark.parametrize(
    "text, parts",
    [
        (
            "The courier was late, and the app crashes daily, although I updated it.",
            ["The courier was late", "the app crashes daily", "I updated it."],
        ),
        ("Late – and nobody at the desk told me why", ["and nobody at the desk told me why"]),
        ("The courier was late; the app crashes daily", ["The courier was late", "the app crashes daily"]),
        ("Late.", ["Late."]),
    ],
)
def test_a_sentence_is_parted_at_what_joins_its_clauses(text: str, parts: list[str]) -> None:
    assert clauses(text) == parts


def test_words_are_found_in_the_shortest_part_that_holds_them() -> None:
    text = "The courier was late but the app crashes daily. The app crashes since the update."
    assert part_with(text, "app crashes daily") == "the app crashes daily."
    assert part_with(text, "Since the UPDATE") == "The app crashes since the update."
    assert part_with(text, "late but the app") == "The courier was late but the app crashes daily."
    assert part_with(text, "words of another row") == "words of another row"


@pytest.mark.parametrize(
    "text", ["a b c " * 50_000, "a b c. " * 50_000, "," * 100_000, " " * 100_000 + "a , " * 50_000]
)
def test_a_long_text_has_few_short_parts(text: str) -> None:
    for found in (sentences(text), clauses(text)):
        assert 1 <= len(found) <= MOST_PARTS
        assert max(map(len, found)) <= LONGEST_PART
