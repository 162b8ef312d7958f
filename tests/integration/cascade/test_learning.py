"""What neighbours may answer is learned from what the model says, and counted once."""

import json
from typing import Any

from services.classify.agreement import LEVELS, LOOKS
from services.classify.answers import essence
from shared.contracts.execution import Duplicates
from shared.platform.received import Received
from shared.stores.feedback_store import NEIGHBOURS, Answer
from tests.integration.cascade.cascade_world import (
    KNOWN,
    NEW,
    OTHER,
    THIRD,
    known,
    label,
    label_calls,
    never_audit,
    open_all,
    rows_of,
    set_known,
    texts_kept,
)
from tests.integration.classify_world import World, message


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
