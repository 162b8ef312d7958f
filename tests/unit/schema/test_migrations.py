import json
import re
from pathlib import Path

import pytest

from services.schema.migrate import FOLDER, SchemaError, read_migrations
from services.schema.shipped_profiles import shipped_profiles

ROOT = Path(__file__).parents[3]


def write(folder: Path, **files: str) -> None:
    for name, sql in files.items():
        (folder / f"{name}.sql").write_text(sql)


def test_migrations_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    write(tmp_path, **{"010_third": "SELECT 3", "002_second": "SELECT 2", "001_first": "SELECT 1; SELECT 1"})

    read = read_migrations(tmp_path)

    assert [(m.number, m.name, len(m.statements)) for m in read] == [
        (1, "first", 2),
        (2, "second", 1),
        (10, "third", 1),
    ]


@pytest.mark.parametrize("name", ["1_short", "001-dash", "0001_long", "first", "001_Capital"])
def test_a_migration_with_another_kind_of_name_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, **{name: "SELECT 1"})

    with pytest.raises(SchemaError, match=name):
        read_migrations(tmp_path)


def test_two_migrations_of_one_number_are_refused(tmp_path: Path) -> None:
    write(tmp_path, **{"001_one": "SELECT 1", "001_other": "SELECT 1"})

    with pytest.raises(SchemaError, match="same number"):
        read_migrations(tmp_path)


def test_another_comment_is_not_another_migration(tmp_path: Path) -> None:
    write(tmp_path, **{"001_a": "-- one\nSELECT 1;", "002_b": "SELECT 1 -- two", "003_c": "SELECT 2"})

    first, second, third = read_migrations(tmp_path)

    assert first.checksum == second.checksum != third.checksum


def test_our_migrations_never_drop_or_empty_anything() -> None:
    for migration in read_migrations():
        for statement in migration.statements:
            assert not re.match(r"(DROP|TRUNCATE|DELETE|RENAME)\b", statement, re.IGNORECASE), statement
            assert not re.search(r"\bDROP\s+(COLUMN|TABLE)\b", statement, re.IGNORECASE), statement


def test_our_migrations_write_nothing_that_only_one_server_takes() -> None:
    only_one = r"\bRETURNING\b|utf8mb4_0900|\bADD COLUMN IF NOT EXISTS\b|\bAS new\b|\bINVISIBLE\b"
    for path in FOLDER.glob("*.sql"):
        assert not re.search(only_one, path.read_text(), re.IGNORECASE), path.name


def test_the_shipped_categories_of_feedback_are_those_of_the_samples() -> None:
    samples = json.loads((ROOT / "samples" / "categories.json").read_text("utf-8"))
    (feedback,) = [each for each in shipped_profiles() if each.name == "feedback"]

    assert [each.model_dump(include={"name", "description"}) for each in feedback.categories] == samples


def test_the_categories_of_a_shipped_profile_are_distinct_and_described() -> None:
    for profile in shipped_profiles():
        names = {category.name.casefold() for category in profile.categories}
        assert len(names) == len(profile.categories) >= 5
        assert all(category.description for category in profile.categories)
