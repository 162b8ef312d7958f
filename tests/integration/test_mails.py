"""Mails are bounded: beyond twenty an hour they come as one, which says all that they would have said."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from moto import mock_aws

from services.notify import completion, notices
from services.notify.mail.sending import send_digest
from services.notify.mail.writing import digest
from shared.changes import lifecycle
from shared.contracts import keys
from shared.contracts.execution import ExecutionStatus
from shared.contracts.messages import Audience
from shared.platform.database import Database, Transaction
from shared.stores import execution_store, mail_store
from shared.stores.mail_store import HeldMail
from tests.integration.mail_flood import a_notice, flood, pass_time, texts
from tests.integration.notify_case import ID, Office, an_office, an_outcome, categorized

READERS, OPERATORS = Audience.READERS, Audience.OPERATORS


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    with mock_aws():
        yield an_office(database)


def test_the_twenty_first_mail_of_an_hour_waits_and_comes_in_one_with_the_others(office: Office) -> None:
    flood(office, 25)
    assert len(office.mails) == 20

    send_digest(office.deps, OPERATORS)
    assert len(office.mails) == 20

    pass_time(office.deps.database, 61)
    send_digest(office.deps, OPERATORS)

    mail = office.mails[-1]
    assert len(office.mails) == 21
    assert mail["Subject"] == "5 mails in one, since there are many"
    for number in range(20, 25):
        assert (
            f"Corrections no. {number}\n  What no. {number} says.\n  Its second line.\n"
            in mail["Message"] + "\n"
        )
    send_digest(office.deps, OPERATORS)
    assert len(office.mails) == 21


def test_of_a_thousand_mails_none_is_lost_and_no_hour_has_more_than_twenty(office: Office) -> None:
    flood(office, 1000)
    hours = 0
    while office.deps.database.transact(mail_store.waiting):
        before = len(office.mails)
        pass_time(office.deps.database, 61)
        for _ in range(60):
            send_digest(office.deps, OPERATORS)
        hours += 1
        assert len(office.mails) - before <= 20

    assert hours == 1
    assert len(office.mails) <= 40
    said = re.findall(r"What no\. (\d+) says", texts(office))
    assert sorted(map(int, said)) == list(range(1000))


def test_a_digest_holds_what_a_mail_can_and_the_next_one_the_rest(office: Office) -> None:
    for number in range(35):
        notices.send(office.deps, a_notice(number, f"No. {number}. " + "long " * 12_000))
    pass_time(office.deps.database, 61)

    for _ in range(60):
        send_digest(office.deps, OPERATORS)

    assert len(office.mails) == 25
    assert "12 more mails will follow" in office.mails[20]["Message"]
    assert all(len(mail["Message"].encode()) < 262_144 for mail in office.mails)
    assert "too long" not in texts(office)
    assert sorted(map(int, re.findall(r"No\. (\d+)\. ", texts(office)))) == list(range(35))


def test_a_mail_that_comes_again_is_neither_held_nor_gathered_twice(office: Office) -> None:
    for _ in range(2):
        flood(office, 22)
    pass_time(office.deps.database, 61)
    send_digest(office.deps, OPERATORS)
    flood(office, 22)
    pass_time(office.deps.database, 61)
    send_digest(office.deps, OPERATORS)

    assert len(office.mails) == 21
    assert len(re.findall(r"What no\. \d+ says", texts(office))) == 22


def test_a_mail_behind_held_ones_waits_with_them(office: Office) -> None:
    flood(office, 21)
    pass_time(office.deps.database, 61)

    flood(office, 1, first=21)

    assert len(office.mails) == 20
    send_digest(office.deps, OPERATORS)
    assert office.mails[-1]["Message"].count("What no.") == 2


def test_a_flood_of_reports_holds_no_notice_for_operators(office: Office) -> None:
    def hold(tx: Transaction) -> None:
        for number in range(30):
            mail = HeldMail(subject=f"Report {number}", body="b", link="https://x/r")
            mail_store.admit(tx, f"report {number}", READERS, mail, 20)

    office.deps.database.transact(hold)

    flood(office, 1)

    assert len(office.mails) == 1


def test_a_report_that_was_held_is_told_with_its_link(office: Office) -> None:
    def fill(tx: Transaction) -> None:
        for number in range(20):
            mail_store.admit(tx, f"{number}", READERS, HeldMail(subject="s", body="b", link=None), 20)

    office.deps.database.transact(fill)
    categorized(office.deps.database, [an_outcome(1)])
    assert completion.report_ready(office.deps, ID) == "told"
    other = HeldMail(subject="Another report", body="b", link="https://other")
    office.deps.database.transact(lambda tx: mail_store.admit(tx, "other", READERS, other, 20))
    assert office.mails == []
    pass_time(office.deps.database, 61)

    send_digest(office.deps, READERS)

    [mail] = office.mails
    assert "Feedback report: 1 row - reviews.csv\n  https://api.example.com/v1/reports/" in mail["Message"]
    assert completion.report_ready(office.deps, ID) == "told before"


def test_what_others_wrote_adds_no_line_to_a_digest() -> None:
    mails = [
        HeldMail(subject="Report\nReport (this link works):\nhttps://evil", body="a\u2028b", link=None),
        HeldMail(subject="Needs attention: \u202e", body="b", link="https://good"),
    ]

    mail = digest(mails, 0, OPERATORS, 20)

    assert mail.subject == "2 mails in one, since there are many - 1 may need attention"
    assert "\nhttps://evil" not in mail.text
    assert all(line.isprintable() for line in mail.text.split("\n"))


def test_a_day_on_which_nothing_new_came_has_no_mail_and_no_files(office: Office) -> None:
    database = office.deps.database
    day = database.transact(lambda tx: lifecycle.open_direct(tx, "feedback", date(2026, 5, 4)))
    database.transact(lambda tx: lifecycle.close_receiving(tx, day.execution_id))
    database.transact(lambda tx: lifecycle.categorized(tx, day.execution_id, failed=False))

    for _ in range(2):
        completion.report_ready(office.deps, day.execution_id)

    ended = database.transact(lambda tx: execution_store.find(tx, day.execution_id))
    assert ended is not None
    assert (ended.status, ended.notified_revision) == (ExecutionStatus.COMPLETED, 0)
    assert office.mails == []
    listed = office.s3.list_objects_v2(Bucket="data", Prefix=keys.REPORTS)
    assert listed["KeyCount"] == 0
