from shared.model.examples import LONGEST, Corrected, Examples, estimated_tokens


def corrected(*rows: tuple[str, str]) -> list[Corrected]:
    return [Corrected(number, category, text) for number, (category, text) in enumerate(rows, 1)]


def ids(chosen: list[Corrected]) -> list[int]:
    return [example.id for example in chosen]


def test_nothing_corrected_gives_no_examples() -> None:
    assert Examples([]).choose() == []


def test_a_category_shows_only_a_few() -> None:
    rows = corrected(*[("Delivery", f"parcel {number}") for number in range(9)], ("Price", "too dear"))
    chosen = Examples(rows).choose(per_category=3)
    assert [example.category for example in chosen] == ["Delivery"] * 3 + ["Price"]


def test_examples_of_a_category_are_unlike_each_other() -> None:
    rows = corrected(
        ("Delivery", "the parcel came late again"),
        ("Delivery", "the parcel came late again today"),
        ("Delivery", "box was crushed"),
    )
    assert ids(Examples(rows).choose(per_category=2)) == [1, 3]


def test_the_same_text_is_shown_once() -> None:
    assert ids(Examples(corrected(("Delivery", "Late!"), ("Delivery", "  late! "))).choose()) == [1]


def test_what_shares_words_with_the_records_comes_first() -> None:
    rows = corrected(("Delivery", "parcel was late"), ("Delivery", "courier threw the box over the fence"))
    assert ids(Examples(rows).choose(per_category=1)) == [1]
    assert ids(Examples(rows).choose(per_category=1, near=["The courier threw it."])) == [2]


def test_every_category_gets_its_first_example_before_any_gets_its_second() -> None:
    rows = corrected(("A", "one two three"), ("A", "four five six"), ("B", "seven eight nine"))
    budget = 2 * estimated_tokens("one two three")
    assert ids(Examples(rows).choose(budget_tokens=budget + 1)) == [1, 3]


def test_no_more_tokens_than_the_budget() -> None:
    rows = corrected(*[(f"category {number}", "word " * 200) for number in range(50)])
    chosen = Examples(rows).choose(budget_tokens=1000)
    assert 0 < sum(estimated_tokens(example.text) for example in chosen) <= 1000


def test_a_long_example_is_cut() -> None:
    assert [len(example.text) for example in Examples(corrected(("A", "x" * 5000))).choose()] == [LONGEST]


def test_one_set_of_candidates_answers_for_many_packs() -> None:
    rows = corrected(("A", "parcel was late"), ("A", "courier threw the box"), ("A", "Parcel was late"))
    examples = Examples(rows)
    assert len(examples) == 2
    assert ids(examples.choose(["the courier"], per_category=1)) == [2]
    assert ids(examples.choose(["a late parcel"], per_category=1)) == [1]


def test_an_old_example_that_is_near_is_found_among_very_many() -> None:
    rows = corrected(*[("A", f"new text {number}") for number in range(500)], ("A", "courier threw the box"))
    assert ids(Examples(rows).choose(per_category=1, near=["the courier threw it"])) == [501]


def test_a_text_in_a_script_without_spaces_is_found_by_its_parts() -> None:
    rows = corrected(
        ("A", "バッテリーがすぐに切れます"), ("A", "配送がとても遅かったです"), ("A", "电池不能充电了")
    )
    assert ids(Examples(rows).choose(per_category=1, near=["配送が遅いです。"])) == [2]
    assert ids(Examples(rows).choose(per_category=1, near=["电池坏了"])) == [3]


def test_a_sign_that_is_no_latin_letter_counts_as_a_token_of_its_own() -> None:
    assert estimated_tokens("配送" * 50) >= 100
    rows = corrected(*[(f"category {number}", f"{number} {'配送' * 200}") for number in range(50)])
    chosen = Examples(rows).choose(budget_tokens=1000)
    assert 0 < sum(len(example.text) for example in chosen) <= 1000


def near(examples: Examples, *ranked: list[int], budget: int = 1000) -> list[int]:
    return [example.id for example in examples.nearest(ranked, budget)]


def test_each_record_has_its_nearest_before_any_has_its_second() -> None:
    examples = Examples(corrected(("A", "one"), ("B", "two"), ("C", "six"), ("D", "ten")))
    room = 3 * estimated_tokens("one") + 1
    assert near(examples, [0, 1, 2, 3], [3, 2, 1, 0], budget=room) == [1, 2, 4]


def test_a_category_has_two_of_the_nearest_before_it_crowds_out_others_and_never_more_than_a_few() -> None:
    rows = corrected(*[("A", f"text {number}") for number in range(8)], ("B", "a text"), ("C", "no text"))
    examples = Examples(rows)
    every = list(range(10))
    assert near(examples, every, budget=4 * estimated_tokens("text 1")) == [1, 2, 9, 10]
    assert near(examples, every) == [1, 2, 3, 4, 5, 9, 10]


def test_a_near_example_that_is_too_long_leaves_its_room_to_the_next() -> None:
    examples = Examples(corrected(("A", "word " * 60), ("B", "short"), ("A", "brief")))
    assert near(examples, [0, 1, 2], budget=2 * estimated_tokens("short")) == [3, 2]


def test_of_equal_texts_only_one_can_be_near() -> None:
    examples = Examples(corrected(("A", "Late!"), ("A", " late! "), ("B", "dear")))
    assert [each.text for each in examples.candidates] == ["Late!", "dear"]
    assert near(examples, [1, 0]) == [1, 3]


def test_nothing_near_gives_no_examples() -> None:
    assert near(Examples(corrected(("A", "Late!")))) == []
