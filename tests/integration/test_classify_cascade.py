"""Rows that their nearest labelled texts answer: what is asked, learned and written, on a real server."""

import json
from typing import Any

import pytest

from services.classify import neighbours
from services.classify.agreement import LEVELS, LOOKS, Agreement
from services.classify.answers import essence
from shared.contracts.execution import Duplicates
from shared.contracts.taxonomy import NewCategory
from shared.platform.received import Received
from shared.stores import category_store
from shared.stores.feedback_store import NEIGHBOURS, Answer
from tests.integration.classify_world import ID, ODD, World, correct, direct_message, message

OTHER = "other-0123456789abcdef"
THIRD = "third-0123456789abcdef"
THINGS = ("parcel", "lamp", "phone", "chair", "book", "coat", "table", "watch", "bag", "camera")
KNOWN = [
    text.format(thing=thing)
    for thing in THINGS
    for text in (
        "My {thing} arrived three weeks after the promised delivery day.",
        "The delivery of the {thing} came much later than you promised.",
        "I waited far too long until my {thing} was delivered.",
        "The {thing} is far too expensive for what you get.",
        "The price of this {thing} is much too high.",
        "Such an expensive {thing}, that is a lot of money.",
    )
]
NEW = "My suitcase arrived two weeks after the promised delivery day."


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few texts are enough to vote."""
    monkeypatch.setattr(neighbours, "FEWEST", len(KNOWN) // 2)


@pytest.fixture
def cascade(world: World, small: None) -> World:
    """A world that has labelled the known texts, and in which nothing is audited by chance."""
    world.settings |= {"cascade": "on"}
    world.start_worker()
    world.database.transact(lambda tx: category_store.next_taxonomy_version(tx, "feedback"))
    never_audit(world)
    label(world, KNOWN, ID)
    return world


def never_audit(world: World, chance: float = 1.0) -> None:
    cascade = world.deps.cascade
    assert cascade is not None
    object.__setattr__(cascade, "_chance", lambda: chance)


def label(world: World, texts: list[str], execution_id: str) -> list[dict[str, Any]]:
    """Labels a file of these texts; returns its rows."""
    world.start_file(len(texts), execution_id)
    assert not world.handle(world.file_messages(texts, execution_id))
    return rows_of(world, execution_id)


def rows_of(world: World, execution_id: str) -> list[dict[str, Any]]:
    found = [row for row in world.rows() if row["execution_id"] == execution_id]
    return sorted(found, key=lambda row: row["row_number"] or 0)


def known(world: World) -> Agreement:
    (row,) = world.query("SELECT agreement FROM cascade_topic ORDER BY id DESC LIMIT 1")
    return Agreement.model_validate_json(row["agreement"])


def set_known(world: World, **fields: Any) -> None:
    agreement = known(world).model_copy(update=fields).model_dump_json()

    def work(tx: Any) -> None:
        tx.execute("UPDATE cascade_topic SET agreement = %(agreement)s", {"agreement": agreement})

    world.database.transact(work)


def open_all(world: World) -> None:
    set_known(world, open_levels=len(LEVELS), dense=False, stage=2)


def add_category(world: World) -> None:
    world.add_categories([NewCategory(name="Colour", description="The colour is not as on the picture.")])
    world.database.transact(lambda tx: category_store.next_taxonomy_version(tx, "feedback"))


def label_calls(world: World) -> int:
    return sum(call["kind"] == "label" for call in world.server.service.stats.calls(0))


def texts_kept(world: World) -> list[dict[str, Any]]:
    return world.query("SELECT * FROM labelled_text")


# Off


def test_it_is_off_by_default_and_then_asks_reads_and_writes_nothing_more(world: World, small: None) -> None:
    label(world, KNOWN, ID)

    assert world.deps.cascade is None
    assert not [call for call in world.server.service.stats.calls(0) if call["kind"] == "embed"]
    assert texts_kept(world) == []
    assert world.query("SELECT * FROM cascade_topic") == []


# Answering


def test_a_row_whose_neighbours_agree_is_answered_without_a_call(cascade: World) -> None:
    open_all(cascade)
    asked = label_calls(cascade)

    (row,) = label(cascade, [NEW], OTHER)

    assert label_calls(cascade) == asked
    assert (row["label_llm"], row["status"], row["model_id"]) == ("Late delivery", "labelled", NEIGHBOURS)
    assert row["sentiment"] in {each["sentiment"] for each in rows_of(cascade, ID)}
    assert row["prompt_version"] is None
    assert cascade.query(f"SELECT model_id, feedbacks FROM rows_by_model WHERE execution_id = '{OTHER}'") == [
        {"model_id": NEIGHBOURS, "feedbacks": 1}
    ]
    assert cascade.execution(OTHER).labelled == 1
    assert cascade.execution(OTHER).calls == 0


def test_its_topic_is_written_as_the_models_are_without_words_of_another_text(cascade: World) -> None:
    open_all(cascade)

    (row,) = label(cascade, [NEW], OTHER)

    query = f"SELECT * FROM feedback_aspect WHERE feedback_id = {row['id']}"
    (aspect,) = cascade.query(query)
    assert (aspect["position"], aspect["category_id"] is not None) == (1, True)
    assert aspect["evidence"] is None


def test_rows_of_one_text_get_one_answer(cascade: World) -> None:
    open_all(cascade)

    rows = label(cascade, [NEW, NEW.upper(), NEW], OTHER)

    assert [row["model_id"] for row in rows] == [NEIGHBOURS] * 3


def test_nothing_is_answered_before_the_agreement_is_shown(cascade: World) -> None:
    (row,) = label(cascade, [NEW], OTHER)

    assert row["model_id"] == cascade.deps.settings.model_id


def test_direct_feedback_is_answered_as_well(cascade: World) -> None:
    open_all(cascade)

    cascade.handle([direct_message("1", NEW)])

    (row,) = [row for row in cascade.rows() if row["row_number"] is None]
    assert row["model_id"] == NEIGHBOURS
    assert cascade.direct().labelled == 1


@pytest.mark.parametrize(
    "text",
    [
        ODD,
        "x7#!! qq zz 0000",
        "La livraison du colis a pris trois semaines de retard, et personne ne répond au téléphone.",
        "!",
        NEW + " And besides, " + "I would like to say a few more words about something else. " * 40,
    ],
)
def test_a_row_far_from_everything_or_longer_than_its_vector_is_asked(cascade: World, text: str) -> None:
    open_all(cascade)

    (row,) = label(cascade, [text], OTHER)

    assert row["model_id"] == cascade.deps.settings.model_id


def test_where_neighbours_say_that_a_text_is_unknown_it_is_asked(cascade: World) -> None:
    open_all(cascade)
    unknown = essence(Answer(label="unknown", sentiment="neutral"))
    cascade.query(f"UPDATE labelled_text SET answer = '{unknown}'")
    cascade.start_worker()
    never_audit(cascade)

    (row,) = label(cascade, [NEW], OTHER)

    assert row["model_id"] == cascade.deps.settings.model_id


def test_neighbours_must_agree_on_the_sentiment_and_the_further_topics_too(cascade: World) -> None:
    open_all(cascade)
    for number, row in enumerate(texts_kept(cascade)):
        answer = json.loads(row["answer"]) | {"sentiment": ("negative", "positive", "mixed")[number % 3]}
        answer["aspects"][0]["sentiment"] = answer["sentiment"]
        cascade.query(f"UPDATE labelled_text SET answer = '{json.dumps(answer)}' WHERE id = {row['id']}")
    cascade.start_worker()
    never_audit(cascade)

    (row,) = label(cascade, [NEW], OTHER)

    assert row["model_id"] == cascade.deps.settings.model_id


# Learning


def test_only_what_the_model_said_votes_and_never_what_neighbours_did(cascade: World) -> None:
    open_all(cascade)
    before = len(texts_kept(cascade))

    label(cascade, [NEW], OTHER)

    assert before == len(KNOWN)
    assert len(texts_kept(cascade)) == before


def test_a_poisoned_text_does_not_spread(cascade: World) -> None:
    open_all(cascade)
    poisoned = essence(Answer(label="Battery", sentiment="positive"))
    cascade.query(f"UPDATE labelled_text SET answer = '{poisoned}' ORDER BY id LIMIT 2")
    cascade.start_worker()
    never_audit(cascade)

    rows = label(cascade, [NEW, *(text + " Really." for text in KNOWN[:6])], OTHER)

    assert "Battery" not in {row["label_llm"] for row in rows}


def test_a_message_delivered_twice_is_audited_and_learned_once(cascade: World) -> None:
    never_audit(cascade, chance=0.0)
    cascade.start_file(1, OTHER)
    messages = cascade.file_messages([NEW], OTHER)

    cascade.handle(messages)
    audits = known(cascade).audits
    cascade.handle(messages)

    assert audits == 1
    assert known(cascade).audits == audits
    assert len(texts_kept(cascade)) == len(KNOWN) + 1


def test_a_repeat_that_another_worker_wrote_meanwhile_is_not_counted(cascade: World) -> None:
    never_audit(cascade, chance=0.0)
    cascade.start_file(1, OTHER)
    messages = cascade.file_messages([NEW], OTHER)
    first = cascade.deps.worker.label
    handled: list[bool] = []

    def overtaken(*arguments: Any) -> Any:
        meter = first(*arguments)
        if not handled:
            handled.append(True)
            cascade.handle(messages)
        return meter

    object.__setattr__(cascade.deps.worker, "label", overtaken)
    cascade.handle(messages)

    assert len(rows_of(cascade, OTHER)) == 1
    assert known(cascade).audits == 1


def test_agreement_is_learned_from_what_the_model_says_and_then_rows_are_answered(
    cascade: World,
) -> None:
    cascade.settings |= {"cascade_target": 0.7}  # the embedded engine's moods are no large model's
    cascade.start_worker()
    never_audit(cascade, chance=0.5)  # audited while each vote is, and no more once a level is open
    label(cascade, [f"{text[:-1]} today." for text in KNOWN], "first-0123456789abcdef")
    for number, when in enumerate(("yesterday", "last week", "on Monday", "in May", "lately", "in June") * 2):
        if not known(cascade).open_levels:
            texts = [f"{text[:-1]} {when}, number {number}." for text in KNOWN]
            label(cascade, texts, f"month{number}-0123456789abcdef")
    learned = known(cascade)
    rows = label(cascade, [text[:-1] + ", sadly." for text in KNOWN[:12]], THIRD)

    assert learned.audits >= min(LOOKS)
    assert learned.open_levels > 0
    assert NEIGHBOURS in {row["model_id"] for row in rows}


def test_a_model_that_disagrees_is_asked_again_and_the_disagreement_counts(cascade: World) -> None:
    never_audit(cascade, chance=0.0)
    wrong = essence(Answer(label="Battery", sentiment="positive"))
    cascade.query(f"UPDATE labelled_text SET answer = '{wrong}'")
    cascade.start_worker()
    never_audit(cascade, chance=0.0)
    asked = label_calls(cascade)

    (row,) = label(cascade, [NEW], OTHER)

    assert label_calls(cascade) == asked + 2
    assert cascade.execution(OTHER).calls == 2
    assert row["label_llm"] == "Late delivery"
    assert [(each.asked, each.agreed) for each in known(cascade).tallies if each.asked] == [(1, 0)]


def test_an_audit_that_the_model_leaves_open_counts_as_no_agreement_and_costs_no_row(cascade: World) -> None:
    set_known(cascade, open_levels=len(LEVELS), fallen=7.9)
    wrong = essence(Answer(label="Battery", sentiment="positive"))
    cascade.query(f"UPDATE labelled_text SET answer = '{wrong}'")
    cascade.start_worker()
    never_audit(cascade, chance=0.0)
    cascade.faults({"plan": ["ok", "service_unavailable"], "kinds": ["label"]})

    (row,) = label(cascade, [NEW], OTHER)

    assert row["label_llm"] == "Late delivery"
    assert [(each.asked, each.agreed) for each in known(cascade).tallies if each.asked] == [(1, 0)]
    # Nor is it a sign that the agreement has fallen: a busy model would be one.
    assert (known(cascade).generation, known(cascade).fallen) == (1, 7.9)


def test_a_row_that_is_skipped_stays_so_when_another_of_its_text_is_asked_again(cascade: World) -> None:
    skipped = "skipped-0123456789abcdef"
    first = "first-0123456789abcdef"
    wrong = essence(Answer(label="Battery", sentiment="positive"))
    cascade.start_file(1, first, key="incoming/monday.csv")
    assert not cascade.handle(named(cascade, [NEW], first))
    cascade.query(f"UPDATE customer_feedback SET model_id = 'of before' WHERE execution_id = '{first}'")
    cascade.query(f"UPDATE labelled_text SET answer = '{wrong}'")
    cascade.start_worker()
    never_audit(cascade, chance=0.0)
    cascade.start_file(2, skipped, Duplicates.SKIP, key="incoming/tuesday.csv")

    assert not cascade.handle(named(cascade, [NEW, NEW], skipped))

    assert [row["status"] for row in rows_of(cascade, skipped)] == ["skipped", "labelled"]
    assert cascade.execution(skipped).skipped == 1


def named(world: World, texts: list[str], execution_id: str) -> list[Received]:
    """Messages of rows that have their place as the customer's own id."""
    bodies = [json.loads(each.body) for each in world.file_messages(texts, execution_id)]
    return [
        message(body | {"feedback": body["feedback"] | {"ref_id": str(number)}})
        for number, body in enumerate(bodies, 1)
    ]


def test_vectors_of_another_length_under_the_same_model_id_neither_vote_nor_are_voted_on(
    cascade: World,
) -> None:
    open_all(cascade)
    shorten = "UPDATE feedback_embedding SET vector = LEFT(vector, 8)"
    cascade.query(f"{shorten} WHERE text_key = (SELECT MAX(text_key) FROM labelled_text)")
    cascade.start_worker()
    never_audit(cascade)

    (row,) = label(cascade, [NEW], OTHER)
    cascade.query(shorten)
    (short_one,) = label(cascade, [NEW], THIRD)

    assert row["model_id"] == NEIGHBOURS
    assert short_one["model_id"] == cascade.deps.settings.model_id


# When it begins anew


def test_a_new_category_switches_it_off(cascade: World) -> None:
    open_all(cascade)
    add_category(cascade)

    (row,) = label(cascade, [NEW], OTHER)

    assert row["model_id"] == cascade.deps.settings.model_id
    assert known(cascade).open_levels == 0


def test_another_target_switches_it_off(cascade: World) -> None:
    open_all(cascade)
    cascade.settings |= {"cascade_target": 0.99}
    cascade.start_worker()
    never_audit(cascade)

    (row,) = label(cascade, [NEW], OTHER)

    assert row["model_id"] == cascade.deps.settings.model_id


def test_drift_switches_it_off_at_once_and_for_every_worker(cascade: World) -> None:
    open_all(cascade)
    set_known(cascade, fallen=7.9)
    wrong = essence(Answer(label="Battery", sentiment="positive"))
    cascade.query(f"UPDATE labelled_text SET answer = '{wrong}'")
    cascade.start_worker()
    never_audit(cascade, chance=0.0)
    label(cascade, [NEW], OTHER)
    never_audit(cascade)

    (row,) = label(cascade, ["My bike arrived two weeks after the promised delivery day."], THIRD)

    assert known(cascade).generation == 2
    assert row["model_id"] == cascade.deps.settings.model_id
    assert {each["generation"] for each in texts_kept(cascade)} == {2}


def test_a_correction_by_a_person_votes_instead_of_the_model(cascade: World) -> None:
    open_all(cascade)
    cascade.query(
        "UPDATE customer_feedback SET label_correction = 'Battery' WHERE label_llm = 'Late delivery'"
    )
    correct(cascade, rows_of(cascade, ID)[0]["row_number"], "Battery")

    (row,) = label(cascade, [NEW], OTHER)

    assert (row["label_llm"], row["model_id"]) == ("Battery", NEIGHBOURS)


def test_topics_of_before_are_deleted_when_another_begins(cascade: World) -> None:
    cascade.query("UPDATE cascade_topic SET created_time = NOW(3) - INTERVAL 2 DAY")
    add_category(cascade)

    label(cascade, [NEW], OTHER)

    assert len(cascade.query("SELECT id FROM cascade_topic")) == 1
    assert len(texts_kept(cascade)) == 1


# Trouble


def test_rows_are_asked_where_the_embedding_model_does_not_answer(cascade: World) -> None:
    open_all(cascade)
    cascade.faults({"fault": "service_unavailable", "kinds": ["embed"]})

    (row,) = label(cascade, [NEW], OTHER)

    assert row["model_id"] == cascade.deps.settings.model_id


def test_a_text_whose_vector_was_forgotten_votes_no_more(cascade: World) -> None:
    open_all(cascade)
    cascade.query("DELETE FROM feedback_embedding")
    cascade.start_worker()
    never_audit(cascade)

    (row,) = label(cascade, [NEW], OTHER)

    assert row["model_id"] == cascade.deps.settings.model_id


def test_texts_beyond_the_most_that_vote_are_kept_no_more(
    cascade: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.classify.labelled_texts.MOST", len(KNOWN))
    before = texts_kept(cascade)

    label(cascade, [f"{text[:-1]} yesterday." for text in KNOWN], OTHER)

    kept = [row["text_key"] for row in texts_kept(cascade)]
    highest = max(row["text_key"] for row in before)
    assert len(kept) > len(before)
    assert max(kept) == highest
