"""What people upload besides feedback: corrections and category lists."""

from __future__ import annotations

import json

from shared.contracts import keys
from tests.e2e.afternoon import SMALL
from tests.e2e.mailbox import Mailbox
from tests.e2e.world import World


def test_corrections_change_rows_counts_and_report(afternoon: World, mailbox: Mailbox) -> None:
    (figures, _) = afternoon.ended("incoming/small.csv", executions=2, seconds=240)
    row = afternoon.query(
        "SELECT id FROM customer_feedback WHERE record_id = %s", f"{figures.execution_id}:1"
    )[0]
    lines = "id,label_correction\n" + f"{row['id']},Price and value\n999999999,Price and value\n"
    afternoon.upload("corrections/mine.csv", lines)
    mailbox.about("mine.csv", "999999999")
    sql = "SELECT label_final FROM customer_feedback WHERE id = %s"
    assert afternoon.query(sql, row["id"])[0]["label_final"] == "Price and value"
    report = keys.results(figures.execution_id)
    afternoon.wait(lambda: "Price and value" in afternoon.text_of(report), "the report to be redrawn", 60)


def test_a_corrections_file_that_is_a_feedback_file_is_refused(afternoon: World, mailbox: Mailbox) -> None:
    afternoon.upload("corrections/wrong.csv", SMALL)
    mailbox.about("wrong.csv", "label_correction")


def test_an_uploaded_category_list_replaces_the_taxonomy_and_retires_nothing_for_ever(
    afternoon: World, mailbox: Mailbox
) -> None:
    afternoon.ended("incoming/feedback.csv", seconds=240)
    names = "SELECT name FROM customer_feedback_category WHERE profile = 'returns' AND status = 'active'"
    afternoon.upload("categories/returns/list.json", json.dumps({"1": "Too small", "2": "Broken"}))
    afternoon.wait(lambda: len(afternoon.query(names)) == 2, "the list")
    afternoon.upload(
        "categories/returns/list.json", json.dumps([{"name": "Broken", "description": "in pieces"}])
    )
    afternoon.wait(lambda: len(afternoon.query(names)) == 1, "the shorter list")
    kept = afternoon.query("SELECT status FROM customer_feedback_category WHERE name = 'Too small'")
    assert kept[0]["status"] == "retired"
    afternoon.upload("incoming/returns/back.csv", "feedback\nIt came in two pieces.\n")
    (figures,) = afternoon.ended("incoming/returns/back.csv")
    assert figures.settled == 1
    mailbox.about("list.json", "Too small")
