"""The database's secret: one that cannot be read is a database that is away."""

import pytest
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from shared.contracts.errors import DatabaseUnavailable
from shared.platform.database_secret import DatabaseSecret


def test_a_secret_that_cannot_be_read_is_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise GetParameterError("Rate exceeded")

    monkeypatch.setattr(SecretsProvider, "get", refuse)

    with pytest.raises(DatabaseUnavailable):
        DatabaseSecret("arn:aws:secretsmanager:us-east-1:000000000000:secret:test")(fresh=False)
