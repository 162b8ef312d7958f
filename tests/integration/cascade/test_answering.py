"""Rows that their nearest labelled texts answer, on a real server: which, with what, and which never."""

import json
from collections.abc import Mapping

import pytest

from services.classify.answers import essence
from shared.contracts.attributes import Attribute, AttributeType
from shared.contracts.profiles import Aspects, Input, ProfileDocument, Reader
from shared.platform.received import Received
from shared.stores import profile_store
from shared.stores.feedback_store import NEIGHBOURS, Answer
from tests.integration.cascade.cascade_world import (
    KNOWN,
    NEW,
    OTHER,
    THIRD,
    label,
    label_calls,
    never_audit,
    open_all,
    rows_of,
    texts_kept,
)
from tests.integration.classify_world import ID, ODD, World, direct_message, message

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


def test_where_each_topic_comes_with_words_of_the_row_the_model_is_asked(cascade: World) -> None:
    document = ProfileDocument(aspects=Aspects(most=1, evidence=True))
    cascade.database.transact(lambda tx: profile_store.store(tx, document))
    label(cascade, [f"{text} Really." for text in KNOWN], OTHER)
    open_all(cascade)

    (row,) = label(cascade, [NEW], THIRD)

    assert row["model_id"] == cascade.deps.settings.model_id
    (aspect,) = cascade.query(f"SELECT * FROM feedback_aspect WHERE feedback_id = {row['id']}")
    assert aspect["evidence"] in NEW
    assert len(texts_kept(cascade)) == len(KNOWN)


def test_a_page_of_which_something_is_still_missing_is_asked(cascade: World) -> None:
    brand = Attribute(name="brand", type=AttributeType.TEXT)
    document = ProfileDocument(input=Input(readers={".html": Reader.PAGE}), attributes=(brand,))
    cascade.database.transact(lambda tx: profile_store.store(tx, document))
    found = {"brand": {"value": "Acme", "source": "json-ld"}}
    cascade.start_file(len(KNOWN), OTHER)
    assert not cascade.handle(pages(cascade, KNOWN, OTHER, found))
    open_all(cascade)
    cascade.start_file(2, THIRD)

    assert not cascade.handle(
        [*pages(cascade, [NEW], THIRD, found), *pages(cascade, ["", NEW], THIRD, {})[1:]]
    )

    assert [row["model_id"] for row in rows_of(cascade, THIRD)] == [
        NEIGHBOURS,
        cascade.deps.settings.model_id,
    ]


def pages(world: World, texts: list[str], execution_id: str, found: Mapping[str, object]) -> list[Received]:
    bodies = [json.loads(each.body) for each in world.file_messages(texts, execution_id)]
    return [message(body | {"found": found}) for body in bodies]


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
