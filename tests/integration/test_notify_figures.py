"""The figures of a report against rows in a real database."""

from functools import partial

from services.notify.report_attributes import attribute_tables
from services.notify.report_figures import read_figures
from shared.contracts.profiles import ProfileDocument
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from shared.stores import category_store, profile_store
from shared.stores.feedback_store import Outcome, RowAspect
from shared.stores.rejected_store import RejectedRow
from tests.integration.notify_case import ID, an_outcome, categorized, find
from tests.integration.report_reading import figures


def test_rows_are_added_up_by_category_sentiment_and_stars(database: Database) -> None:
    seen = figures(
        database,
        [
            an_outcome(1, "Price", sentiment="negative", stars=2),
            an_outcome(2, "Price", sentiment="positive", stars=5),
            an_outcome(3, "Price", sentiment="negative"),
            an_outcome(4, "Delivery"),
            an_outcome(5, "unknown"),
            an_outcome(6, None),
        ],
    )

    assert [(c.name, c.rows, c.by_sentiment) for c in seen.categories] == [
        ("Price", 3, {"negative": 2, "positive": 1}),
        ("Delivery", 1, {"neutral": 1}),
    ]
    assert seen.categories[0].average_stars == 3.5
    assert seen.unknown.rows == 1
    assert seen.answered == 5
    assert sum(c.rows for c in seen.by_stars if c.stars is None) == 3
    assert seen.agrees


def test_rows_whose_stars_contradict_their_sentiment_are_counted_and_quoted(database: Database) -> None:
    said = [
        (5, "negative"),
        (4.5, "negative"),
        (1, "positive"),
        (2, "positive"),
        (0, "positive"),
        (5, "mixed"),
        (5, "positive"),
        (3, "negative"),
        (3.5, "negative"),
        (1, "neutral"),
        (None, "negative"),
    ]
    rows = [an_outcome(row, sentiment=mood, stars=stars) for row, (stars, mood) in enumerate(said, 1)]
    seen = figures(database, [*rows, an_outcome(12, "unknown", sentiment="negative", stars=4)])

    assert seen.contradictions == 6
    assert [quote.row_number for quote in seen.contradictory] == [5, 1, 3, 2, 4, 12]


def test_only_some_contradictions_are_quoted_and_none_of_failed_rows(database: Database) -> None:
    failed = [an_outcome(row, None, stars=5) for row in range(1, 4)]
    opposite = [an_outcome(row, sentiment="positive", stars=1) for row in range(4, 13)]
    seen = figures(database, [*failed, *opposite])

    assert (seen.contradictions, len(seen.contradictory)) == (9, 6)
    assert {quote.sentiment for quote in seen.contradictory} == {"positive"}


def test_the_same_rows_at_the_same_time_as_a_correction_count_for_people(database: Database) -> None:
    categorized(database, [an_outcome(1), an_outcome(2)])
    change = "UPDATE customer_feedback SET label_correction = 'Price' WHERE `row_number` = 1"
    database.transact(lambda tx: tx.execute(change))

    execution = find(database)
    seen = database.transact(lambda tx: read_figures(tx, execution))

    assert {c.name for c in seen.categories} == {"Price", "Delivery"}
    assert (seen.people.corrected, seen.people.relabelled) == (1, 0)


def with_topics(outcome: Outcome, *topics: tuple[str, int | None, str], **attributes: str | bool) -> Outcome:
    aspects = [RowAspect(category=name, category_id=key, sentiment=mood) for name, key, mood in topics]
    return outcome.model_copy(update={"aspects": tuple(aspects), "attributes": attributes})


def test_mentions_count_beside_rows_each_with_its_own_sentiment(database: Database) -> None:
    def add(tx: Transaction, name: str) -> int:
        category_store.add(
            tx, "feedback", NewCategory(name=name), CategoryStatus.ACTIVE, CategoryOrigin.DEFAULT
        )
        return next(each.id for each in category_store.categories(tx, "feedback") if each.name == name)

    price, taste = (database.transact(partial(add, name=name)) for name in ("Price", "Taste"))
    seen = figures(
        database,
        [
            with_topics(an_outcome(1), ("Delivery", None, "neutral"), ("Price", price, "negative")),
            with_topics(an_outcome(2, "Price"), ("Price", price, "neutral"), ("Taste", taste, "positive")),
            with_topics(an_outcome(3, "Price"), ("Delivery", None, "neutral"), ("Price", price, "mixed")),
        ],
    )

    by_name = {each.name: each for each in (*seen.categories, *seen.mentioned)}
    assert {name: (each.rows, each.mentions) for name, each in by_name.items()} == {
        "Price": (2, 3),
        "Delivery": (1, 1),
        "Taste": (0, 1),
    }
    assert by_name["Price"].mentioned("negative") == 1
    assert by_name["Taste"].further == {"positive": 1}


def test_the_attributes_that_the_profile_names_are_counted_by_value(database: Database) -> None:
    document = ProfileDocument.model_validate(
        {
            "attributes": [
                {"name": "priority", "type": "enumeration", "values": ["low", "high"]},
                {"name": "late", "type": "boolean"},
                {"name": "gist", "type": "text"},
                {"name": "secret", "type": "text"},
            ],
            "report": ["late", "priority", "gist"],
        }
    )
    database.transact(lambda tx: profile_store.store(tx, document))
    seen = figures(
        database,
        [
            with_topics(an_outcome(1), priority="high", late=True, gist="a", secret="x"),
            with_topics(an_outcome(2), priority="high", gist="b"),
            with_topics(an_outcome(3), priority="low", late=False, gone="y"),
            an_outcome(4),
        ],
    )

    counts = {(each.attribute, each.value): each.rows for each in seen.values}
    assert counts == {
        ("priority", "high"): 2,
        ("priority", "low"): 1,
        ("late", "true"): 1,
        ("late", "false"): 1,
        ("gist", None): 2,
    }
    late, priority, known = attribute_tables(seen)
    assert [(line.value, line.rows) for line in late.lines] == [("no", 1), ("yes", 1)]
    assert (late.without, priority.without) == (2, 1)
    assert [(line.value, line.rows) for line in known.lines] == [("gist", 2)]


def test_examples_repeat_no_text_and_prefer_a_paragraph(database: Database) -> None:
    long, good = "x" * 2000, "a paragraph of a good length " * 5
    texts = [good, "short", long, good.upper(), "medium " * 10]

    seen = figures(database, [an_outcome(n, feedback=text) for n, text in enumerate(texts, 1)])

    quotes = seen.examples_of("Delivery")
    assert [quote.row_number for quote in quotes] == [1, 5, 2]
    assert not any(quote.cut for quote in quotes)


def test_new_categories_come_with_the_rows_that_carry_them(database: Database) -> None:
    def found(tx: Transaction) -> None:
        for name, status in (("Privacy", "active"), ("Gone", "retired"), ("Noise", "proposed")):
            category = NewCategory(name=name, description=f"About {name}.")
            category_store.add(
                tx, "feedback", category, CategoryStatus(status), CategoryOrigin.DISCOVERED, ID, [f"{ID}:2"]
            )

    database.transact(found)
    seen = figures(database, [an_outcome(1), an_outcome(2, "Privacy"), an_outcome(3, "unknown")])
    assert [f.name for f in seen.found] == ["Privacy"]

    waiting = """
        INSERT INTO category_row SELECT c.id, f.id FROM customer_feedback_category c, customer_feedback f
        WHERE c.name = 'Noise' AND f.label_llm = 'unknown'
    """
    database.transact(lambda tx: tx.execute(waiting))
    execution = find(database)
    seen = database.transact(lambda tx: read_figures(tx, execution))

    assert [(f.name, f.status) for f in seen.found] == [("Privacy", "active"), ("Noise", "proposed")]
    assert {quote.record_id for quote in seen.found_quotes} == {f"{ID}:2"}
    assert seen.categories[0].description in {"", "About Privacy."}


def test_failed_and_rejected_rows_come_with_their_reasons(database: Database) -> None:
    rejected = [
        RejectedRow(execution_id=ID, position=str(n), reason="the feedback is empty", raw=f",{n}")
        for n in (10, 9)
    ]

    seen = figures(database, [an_outcome(1, None)], rejected)

    assert [(r.reason, r.rows) for r in seen.rejected_reasons] == [("the feedback is empty", 2)]
    assert [r.position for r in seen.rejected] == ["9", "10"]
    assert [(q.row_number, q.reason) for q in seen.failed] == [(1, "the model refused to answer")]
    assert seen.unusable_share == 1


def test_who_answered_is_read_from_the_rows(database: Database) -> None:
    seen = figures(database, [an_outcome(1), an_outcome(2)])

    [answering] = seen.answering
    assert (answering.model_id, answering.prompt_version, answering.rows) == ("model-x", "1", 2)


def test_an_execution_without_rows_has_figures_too(database: Database) -> None:
    seen = figures(database, [])

    assert (seen.answered, seen.categories, seen.unknown.rows, seen.by_time) == (0, (), 0, ())
    assert seen.agrees
