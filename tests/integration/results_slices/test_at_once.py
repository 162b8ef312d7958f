"""Several runs at one slice, and messages that come again, make one file."""

import pytest

from services.notify import completion, results_slices
from services.notify.storage import Storage, UploadGone
from tests.integration.notify_case import ID, Office, an_outcome, categorized, find
from tests.integration.results_slices.slicing import (
    FILES,
    ROWS,
    after,
    begun,
    go_on,
    listed,
    saved,
    sent,
    to_the_end,
    uploads,
)


def test_the_same_message_again_does_not_work_on_another_slice(office: Office) -> None:
    begun(office)
    [first] = sent(office)
    go_on(office)

    assert completion.go_on(office.deps, first, after(2)) == "nothing is due"
    assert [message.slice for message in sent(office)] == [1, 2]


def test_an_event_that_comes_again_goes_on_where_the_results_are(office: Office) -> None:
    """The message that would have gone on is lost; the sweeper announces the stage once more."""
    begun(office)

    assert completion.report_ready(office.deps, ID, time_is_up=after(2)) == "goes on"
    assert saved(office) is not None
    assert [message.slice for message in sent(office)] == [1, 2]
    to_the_end(office, "goes on")
    assert listed(office) == FILES


def overtaken(office: Office, patch: pytest.MonkeyPatch, slices: int) -> None:
    """Another run does so many slices from the same place, when this one sends its next part."""
    execution, put, rival = find(office.deps.database), Storage.put_part, [True]

    def put_behind_it(self: Storage, key: str, upload_id: str, number: int, body: bytes) -> str:
        if rival and rival.pop():
            results_slices.ResultsSlices(office.deps, execution, None).write(after(slices))
        return put(self, key, upload_id, number, body)

    patch.setattr(Storage, "put_part", put_behind_it)


def test_two_at_the_same_slice_send_the_same_parts_and_one_of_them_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is gone with its connection, and another run does all that this one is at, and more."""
    begun(office)
    with monkeypatch.context() as patch:
        overtaken(office, patch, slices=3)
        assert go_on(office) == "goes on"

    assert [message.slice for message in sent(office)] == [1, 2]
    to_the_end(office, "goes on")
    assert listed(office) == FILES


def test_one_that_is_overtaken_to_the_end_does_not_undo_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(office)
    with monkeypatch.context() as patch:
        overtaken(office, patch, slices=99)
        with pytest.raises(UploadGone):
            go_on(office)

    upload = saved(office)
    assert upload is not None
    assert upload.place is None
    assert to_the_end(office, "goes on") == 1
    assert listed(office) == FILES


def test_of_two_that_begin_at_once_one_upload_is_left(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    categorized(office.deps.database, [an_outcome(row) for row in range(1, ROWS + 1)])
    execution, begin, rival = find(office.deps.database), Storage.begin, [True]

    def overtaken(self: Storage, key: str, content_type: str) -> str:
        if rival and rival.pop():
            results_slices.ResultsSlices(office.deps, execution, None).write(after(1))
        return begin(self, key, content_type)

    with monkeypatch.context() as patch:
        patch.setattr(Storage, "begin", overtaken)
        with pytest.raises(UploadGone):
            completion.report_ready(office.deps, ID, time_is_up=after(2))

    assert uploads(office) == 1
    to_the_end(office, go_on(office))
    assert listed(office) == FILES
