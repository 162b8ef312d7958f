"""The database's secret, cached for minutes and re-read when a login is denied."""

from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from shared.contracts.errors import DatabaseUnavailable
from shared.platform.database import Database
from shared.platform.settings import DatabaseSettings

_MAX_AGE_SECONDS = 300


class DatabaseSecret:
    """Reads the secret through Powertools' cache."""

    def __init__(self, secret_arn: str) -> None:
        self._secret_arn = secret_arn

    def __call__(self, *, fresh: bool) -> str:
        try:
            secret: str = parameters.get_secret(self._secret_arn, max_age=_MAX_AGE_SECONDS, force_fetch=fresh)
        except GetParameterError as error:
            # Without the secret there is no database, which callers know how to wait for.
            raise DatabaseUnavailable("the database's secret cannot be read") from error
        return secret


def open_database(settings: DatabaseSettings | None = None, timeout: int = 60) -> Database:
    """The database that the environment names; connects on the first transaction.

    Args:
        timeout: seconds that one statement may take.
    """
    settings = settings or DatabaseSettings.read()
    return Database(settings, DatabaseSecret(settings.database_secret_arn), timeout)
