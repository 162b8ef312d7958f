"""What switches the cascade off, so that it begins to learn anew."""

from services.classify.answers import essence
from shared.stores.feedback_store import NEIGHBOURS, Answer
from tests.integration.cascade.cascade_world import (
    NEW,
    OTHER,
    THIRD,
    add_category,
    known,
    label,
    never_audit,
    open_all,
    rows_of,
    set_known,
    texts_kept,
)
from tests.integration.classify_world import ID, World, correct


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
