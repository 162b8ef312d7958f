"""Brings the database up to date, at a deployment or by hand."""

from typing import NamedTuple

from services.schema.logins import functions_grants, make_login, readers_grants
from services.schema.migrate import migrate, read_migrations
from services.schema.settings import SchemaSettings
from services.schema.shipped_profiles import seed, shipped_profiles
from shared.platform.database import Database
from shared.platform.database_secret import DatabaseSecret
from shared.platform.settings import DatabaseSettings


class BroughtUpToDate(NamedTuple):
    """The numbers of the migrations that were applied, and how many profiles are new or changed."""

    applied: list[int]
    profiles_changed: int


def bring_up_to_date(database: Database) -> BroughtUpToDate:
    """Migrates, stores the shipped profiles, and makes the logins of others."""
    applied = migrate(database, read_migrations())
    changed = database.transact(seed, shipped_profiles())
    settings = SchemaSettings.read()
    for arn, grants in (
        (settings.functions_secret_arn, functions_grants),
        (settings.readers_secret_arn, readers_grants),
    ):
        if arn:
            make_login(database, DatabaseSettings.read(), DatabaseSecret(arn), grants)
    return BroughtUpToDate(applied, changed)
