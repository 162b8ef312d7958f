"""Migrations against a real server."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pymysql
import pytest

from local.mysql import connect
from local.state import Login
from services.schema.migrate import _FORMER, Migration, SchemaError, migrate, read_migrations
from services.schema.shipped_profiles import seed, shipped_profiles
from shared.contracts.profiles import ProfileDocument
from shared.contracts.taxonomy import CategoryOrigin, CategoryStatus, NewCategory
from shared.platform.database import Database, Transaction
from shared.platform.named_lock import LockBusy, named_lock
from shared.stores import category_store, profile_store
from tests.conftest import open_login

ADD_COLUMN = "ALTER TABLE customer_feedback ADD COLUMN country CHAR(2) NULL"
ADD_INDEX = "ALTER TABLE customer_feedback ADD INDEX by_country (country)"
BROKEN = "ALTER TABLE customer_feedback ADD COLUMN region NONSENSE"


@pytest.fixture
def empty(empty_login: Login) -> Iterator[Database]:
    database = open_login(empty_login)
    yield database
    database.close()


def tables(login: Login) -> dict[str, str]:
    """Every table's definition."""
    with connect(login) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        names = [str(next(iter(row.values()))) for row in cursor.fetchall()]
        found = {}
        for name in names:
            cursor.execute(f"SHOW CREATE TABLE `{name}`")
            row = cursor.fetchone()
            assert row is not None
            found[name] = row["Create Table"]
        return found


def columns(login: Login) -> str:
    return tables(login)["customer_feedback"]


def test_an_empty_database_gets_every_table_and_a_second_run_changes_nothing(
    empty: Database, empty_login: Login
) -> None:
    migrations = read_migrations()

    assert migrate(empty, migrations) == [m.number for m in migrations]
    made = tables(empty_login)
    assert {"customer_feedback", "customer_feedback_category", "execution", "outbox"} <= made.keys()

    assert migrate(empty, migrations) == []
    assert tables(empty_login) == made


def test_only_the_new_migration_is_applied(empty: Database, empty_login: Login) -> None:
    migrate(empty, read_migrations())

    applied = migrate(empty, [*read_migrations(), Migration(900, "country", (ADD_COLUMN,))])

    assert applied == [900]
    assert "`country`" in columns(empty_login)


def test_an_older_deployment_leaves_a_newer_schema_alone(empty: Database, empty_login: Login) -> None:
    migrate(empty, [*read_migrations(), Migration(900, "country", (ADD_COLUMN,))])

    assert migrate(empty, read_migrations()) == []
    assert "`country`" in columns(empty_login)


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(empty: Database) -> None:
    migrate(empty, [Migration(1, "first", ("CREATE TABLE a (id INT)",))])

    with pytest.raises(SchemaError, match="001 was changed"):
        migrate(empty, [Migration(1, "first", ("CREATE TABLE a (id BIGINT)",))])


def test_a_database_made_by_two_migrations_as_they_were_is_brought_up_to_date(
    empty: Database, empty_login: Login
) -> None:
    migrations = {each.number: each for each in read_migrations()}
    views, mentions = migrations[26], migrations[27]
    (latest,) = (each for each in views.statements if "VIEW feedback_latest" in each)
    short = latest.replace(", f.attributes, f.attribute_sources, f.segments", "").replace(
        "f.create_month,", "f.create_month"
    )
    statements = tuple(short if each == latest else each for each in views.statements)
    first, *rest = mentions.statements
    former = migrations | {
        26: Migration(26, views.name, statements),
        27: Migration(27, mentions.name, (first, latest, *rest)),
    }
    migrate(empty, [each for number, each in former.items() if number < 30])

    assert {number: former[number].checksum for number in (26, 27)} == _FORMER
    assert migrate(empty, list(migrations.values())) == [number for number in migrations if number >= 30]
    shown = column_names(empty, "feedback_latest")
    assert {"create_month", "attributes", "attribute_sources", "segments"} <= shown


def column_names(database: Database, view: str) -> set[str]:
    def read(tx: Transaction) -> set[str]:
        tx.execute(f"SHOW COLUMNS FROM {view}")
        return {row["Field"] for row in tx.fetchall()}

    return database.transact(read)


def test_a_migration_that_died_half_way_is_mended_and_finished(empty: Database, empty_login: Login) -> None:
    # GIVEN one whose last statement fails, after the others were committed
    before = read_migrations()
    with pytest.raises(pymysql.Error):
        migrate(empty, [*before, Migration(900, "country", (ADD_COLUMN, ADD_INDEX, BROKEN))])
    assert "`country`" in columns(empty_login)

    # WHEN it is deployed again, mended
    mended = Migration(900, "country", (ADD_COLUMN, ADD_INDEX, BROKEN.replace("NONSENSE", "CHAR(9)")))
    assert migrate(empty, [*before, mended]) == [900]

    # THEN it is done, and counts as done
    assert "`region`" in columns(empty_login)
    assert migrate(empty, [*before, mended]) == []


def test_what_is_there_already_is_an_error_in_a_migration_that_begins(empty: Database) -> None:
    migrate(empty, [Migration(1, "first", ("CREATE TABLE a (id INT)",))])

    with pytest.raises(pymysql.Error, match="already exists"):
        migrate(empty, [Migration(2, "second", ("CREATE TABLE a (id INT)",))])


def test_each_of_our_migrations_can_be_run_again_from_the_top(empty: Database, empty_login: Login) -> None:
    migrations = read_migrations()
    migrate(empty, migrations)
    made = tables(empty_login)
    empty.transact(lambda tx: tx.execute("UPDATE schema_migration SET finished_at = NULL"))

    assert migrate(empty, migrations) == [m.number for m in migrations]

    after = tables(empty_login)
    assert after == made


def test_two_deployments_at_once_apply_everything_once(empty: Database, empty_login: Login) -> None:
    slow = Migration(1, "slow", ("CREATE TABLE a (id INT)", "DO SLEEP(0.3)", "INSERT INTO a VALUES (1)"))
    other = open_login(empty_login)
    applied: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda db=db: applied.append(migrate(db, [slow]))) for db in (empty, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()

    assert sorted(applied) == [[], [1]]
    assert empty.transact(lambda tx: tx.execute("SELECT * FROM a")) == 1


def test_a_deployment_that_waits_in_vain_says_so(empty: Database, empty_login: Login) -> None:
    other = open_login(empty_login)
    with named_lock(other, "schema"), pytest.raises(LockBusy):
        migrate(empty, read_migrations(), patience=0)
    other.close()


def feedback_profile() -> ProfileDocument:
    return next(each for each in shipped_profiles() if each.name == "feedback")


def test_a_new_database_begins_with_the_shipped_profiles_and_their_categories(database: Database) -> None:
    shipped = shipped_profiles()

    assert database.transact(lambda tx: seed(tx, shipped)) == len(shipped)

    for document in shipped:
        taxonomy = database.transact(partial(category_store.taxonomy, profile=document.name))
        assert [each.name for each in taxonomy.categories] == [each.name for each in document.categories]
        assert {category.origin for category in taxonomy.categories} == {CategoryOrigin.DEFAULT}
        assert (taxonomy.taxonomy_version, taxonomy.profile_version) == (1, 1)
        stored = database.transact(partial(profile_store.current, profile=document.name))
        assert (stored.document, stored.shipped) == (document, True)


def test_a_deployment_stores_only_what_has_changed_in_a_shipped_profile(database: Database) -> None:
    document = feedback_profile()
    changed = document.model_copy(update={"instructions": "Label each review."})
    assert database.transact(lambda tx: seed(tx, [document])) == 1
    assert database.transact(lambda tx: seed(tx, [document])) == 0

    assert database.transact(lambda tx: seed(tx, [changed])) == 1

    stored = database.transact(lambda tx: profile_store.current(tx, "feedback"))
    assert (stored.version, stored.document) == (2, changed)
    assert database.transact(lambda tx: profile_store.find(tx, "feedback", 1)).document == document
    assert database.transact(lambda tx: category_store.taxonomy(tx, "feedback")).taxonomy_version == 1


def test_a_deployment_leaves_a_profile_alone_that_people_uploaded(database: Database) -> None:
    document = feedback_profile()
    ours = document.model_copy(update={"instructions": "Label each review."})
    database.transact(lambda tx: seed(tx, [document]))
    database.transact(lambda tx: profile_store.store(tx, ours))

    assert database.transact(lambda tx: seed(tx, [document])) == 0
    assert database.transact(lambda tx: profile_store.current(tx, "feedback")).document == ours


def test_categories_that_people_chose_or_retired_are_left_alone(database: Database) -> None:
    chosen = NewCategory(name="Ours", description="")
    database.transact(
        lambda tx: category_store.add(tx, "feedback", chosen, CategoryStatus.RETIRED, CategoryOrigin.MANUAL)
    )

    database.transact(lambda tx: seed(tx, [feedback_profile()]))

    assert len(database.transact(lambda tx: category_store.categories(tx, "feedback"))) == 1


def test_a_folder_of_migrations_is_applied_as_it_is_written(empty: Database, tmp_path: Path) -> None:
    (tmp_path / "001_quotes.sql").write_text(
        "-- it's; so\nCREATE TABLE quotes (a VARCHAR(20) COMMENT 'one; two');\n"
        "INSERT INTO quotes VALUES ('50%;s');"
    )

    migrate(empty, read_migrations(tmp_path))

    assert empty.transact(lambda tx: tx.execute("SELECT * FROM quotes WHERE a = '50%;s'")) == 1
