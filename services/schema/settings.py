"""The environment of the schema function."""

from shared.platform.settings import Settings


class SchemaSettings(Settings):
    """The schema function's environment variables; those of the database name the owner's login."""

    functions_secret_arn: str = ""
    """ARN of the secret with the functions' login to make; empty if they were given one."""
    readers_secret_arn: str = ""
    """ARN of the secret with the readers' login to make; empty likewise."""
