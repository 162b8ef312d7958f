import json
from datetime import date

import pytest
from pydantic import ValidationError

from services.sweep.orders import CloseDay, ModelIsBack, Relabel, Replay, Sweep, parse


def test_what_the_schedules_send_is_understood() -> None:
    assert parse('{"kind": "sweep"}') == Sweep()
    assert parse('{"kind": "close_day"}') == CloseDay()


def test_a_person_may_say_until_which_day() -> None:
    assert parse('{"kind": "close_day", "before": "2026-11-23"}') == CloseDay(before=date(2026, 11, 23))


def test_the_buss_news_names_the_model() -> None:
    detail = {"version": 1, "model_id": "amazon.nova-lite-v1:0", "cause": "ThrottlingException"}
    envelope = {"source": "insights", "detail-type": "ModelAvailable", "detail": detail, "id": "1"}

    order = parse(json.dumps(envelope))

    assert isinstance(order, ModelIsBack)
    assert order.model_id == "amazon.nova-lite-v1:0"


def test_people_may_have_rows_asked_again() -> None:
    assert parse('{"kind": "relabel", "profile": "returns"}') == Relabel(profile="returns")
    assert parse('{"kind": "replay", "ids": [3, 4]}') == Replay(ids=(3, 4))


@pytest.mark.parametrize(
    "body",
    [
        '{"kind": "dance"}',
        "{}",
        '{"kind": "sweep", "more": 1}',
        '{"kind": "replay"}',
        '{"kind": "replay", "ids": []}',
        '{"detail-type": "ModelUnavailable", "detail": {"model_id": "a", "cause": "b"}}',
    ],
)
def test_anything_else_is_refused(body: str) -> None:
    with pytest.raises(ValidationError):
        parse(body)
