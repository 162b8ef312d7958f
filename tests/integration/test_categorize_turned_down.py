"""What people turned down, or what was left out, does not come back as a theme at each upload."""

import pytest

from services.categorize import discovery as discovering
from shared.changes import curation
from shared.contracts.taxonomy import CategoryStatus
from shared.platform.database import Database
from tests.integration.categorize_uploads import more, new_version, renamed, upload
from tests.integration.categorize_world import (
    EARLIER,
    ID,
    about,
    add_category,
    categories,
    labels,
)
from tests.unit.categorize.fakes import FakeBedrock


def test_a_proposal_that_people_reject_is_not_made_again_until_it_has_grown_by_half(
    database: Database,
) -> None:
    upload(database, EARLIER, about("battery", 10), FakeBedrock(), category_approval="manual")
    category_id = categories(database)["Battery breaks early"].id
    database.transact(lambda tx: curation.reject(tx, category_id))
    bedrock = FakeBedrock(renamed)

    assert upload(database, ID, more("battery", 4), bedrock, category_approval="manual") == 0
    assert len(categories(database)) == 1

    # One row more, and it is half as large again.
    assert upload(database, "last", ["battery last"], bedrock, category_approval="manual") > 0
    assert len(categories(database)) == 2


@pytest.mark.parametrize("ask_again", [False, True])
def test_a_category_that_people_retire_does_not_come_back_under_another_name(
    database: Database, ask_again: bool
) -> None:
    upload(database, EARLIER, about("battery", 10), FakeBedrock())
    category_id = categories(database)["Battery breaks early"].id
    database.transact(lambda tx: curation.retire(tx, category_id, ask_again=ask_again))
    # As the model labels them under the taxonomy without it.
    unknown = "UPDATE customer_feedback SET status = 'unknown' WHERE status = 'parked'"
    database.transact(lambda tx: tx.execute(unknown))
    bedrock = FakeBedrock(renamed)

    # The taxonomy has changed, so it is asked about; what people turned down stays so.
    assert upload(database, ID, more("battery", 2), bedrock) > 0
    assert upload(database, "next", more("battery", 2, "next"), bedrock) == 0
    new_version(database)
    assert upload(database, "other", more("parcel", 2), bedrock) > 0

    assert sorted(categories(database)) == ["Battery breaks early", "Price"]
    assert labels(database, EARLIER) == {"unknown": 10}


def test_a_name_that_merges_into_a_rejected_category_is_not_merged_at_each_upload(database: Database) -> None:
    add_category(database, "Battery life", CategoryStatus.RETIRED)
    bedrock = FakeBedrock(merges=["1 into category 1"])
    upload(database, EARLIER, about("battery", 10), bedrock)
    assert (labels(database, EARLIER), len(bedrock.merged)) == ({"unknown": 10}, 1)
    assert upload(database, ID, more("battery", 4), bedrock) == 0
    assert len(bedrock.merged) == 1


def test_rows_left_out_of_a_category_are_not_a_theme_of_their_own_at_each_upload(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A category that would be too small without its outliers has to wait.
    monkeypatch.setattr(discovering, "without_outliers", lambda decided, *_: [])
    bedrock = FakeBedrock()
    upload(database, EARLIER, about("battery", 10), bedrock)
    assert labels(database, EARLIER) == {"unknown": 10}
    assert upload(database, ID, more("battery", 4), bedrock) == 0
    monkeypatch.undo()
    assert upload(database, "last", more("battery", 1, "last"), bedrock) == 1
    assert labels(database, EARLIER) == {"Battery breaks early": 10}
