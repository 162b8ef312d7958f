"""Where SNS fails or functions run at once, no mail is lost and none comes twice."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.state import Login
from services.notify import notices
from services.notify.mail.sending import send_digest
from shared.contracts.messages import Audience
from shared.platform.database import Database
from shared.platform.named_lock import LockBusy
from shared.stores import mail_store
from shared.stores.mail_store import MailStatus
from tests.conftest import open_login
from tests.integration.mail_flood import a_notice, flood, pass_time
from tests.integration.notify_case import Office, an_office

READERS, OPERATORS = Audience.READERS, Audience.OPERATORS
ERROR = ClientError({"Error": {"Code": "InternalError"}}, "Publish")


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    with mock_aws():
        yield an_office(database)


def test_a_digest_that_sns_did_not_take_is_sent_by_the_next_attempt_as_it_was(office: Office) -> None:
    flood(office, 23)
    pass_time(office.deps.database, 61)
    office.topic.error = ERROR
    with pytest.raises(ClientError):
        send_digest(office.deps, OPERATORS)
    office.topic.error = None
    assert office.deps.database.transact(mail_store.waiting) == [OPERATORS]
    flood(office, 1, first=23)

    for _ in range(2):
        send_digest(office.deps, OPERATORS)

    assert len(office.mails) == 22
    assert office.mails[-1]["Message"].count("What no.") == 3


def test_a_mail_that_sns_did_not_take_keeps_its_place(office: Office) -> None:
    flood(office, 19)
    office.topic.error = ERROR
    for _ in range(5):
        with pytest.raises(ClientError):
            flood(office, 1, first=19)
    office.topic.error = None

    flood(office, 2, first=19)

    assert len(office.mails) == 20
    status = office.deps.database.transact(lambda tx: mail_store.status(tx, "notice n20"))
    assert status is MailStatus.HELD


def test_functions_at_once_share_the_hours_places(office: Office, functions_login: Login) -> None:
    start = threading.Barrier(4)

    def send(worker: int) -> None:
        database = open_login(functions_login)
        deps = replace(office.deps, database=database)
        start.wait()
        for number in range(10):
            notices.send(deps, a_notice(worker * 10 + number))
        database.close()

    threads = [threading.Thread(target=send, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(office.mails) == 20
    counted: Any = office.deps.database.transact(
        lambda tx: (tx.execute("SELECT status, COUNT(*) AS n FROM mail GROUP BY status"), tx.fetchall())[1]
    )
    assert {row["status"]: row["n"] for row in counted} == {"sent": 20, "held": 20}


def test_functions_at_once_send_one_digest(office: Office, functions_login: Login) -> None:
    flood(office, 30)
    pass_time(office.deps.database, 61)
    start = threading.Barrier(4)

    def send() -> None:
        database = open_login(functions_login)
        start.wait()
        with suppress(LockBusy):  # then the message comes again
            send_digest(replace(office.deps, database=database), OPERATORS)
        database.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(office.mails) == 21
    assert office.mails[-1]["Message"].count("What no.") == 10
