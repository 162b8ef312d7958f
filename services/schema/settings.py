"""The environment of the schema function."""

from shared.platform.settings import Settings


class SchemaSettings(Settings):
    """Besides the database's own settings, which here name the owner's login."""

    functions_secret_arn: str = ""
    """Of the login to make for the functions; empty if they were given one."""
