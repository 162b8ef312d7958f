"""A function's environment, read once on first use into a frozen model."""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.contracts.errors import SettingsError


class Settings(BaseModel):
    """Base of each service's settings: field `data_bucket` is the variable `DATA_BUCKET`.

    An empty variable counts as absent, because CloudFormation cannot leave one out.
    """

    model_config = ConfigDict(frozen=True)

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Self:
        """The settings in `environment` (default: the process's own).

        Raises:
            SettingsError: a variable is missing or wrong; names each.
        """
        source = os.environ if environment is None else environment
        present = {name: source[name.upper()] for name in cls.model_fields if source.get(name.upper())}
        try:
            return cls.model_validate(present)
        except ValidationError as error:
            wrong = [f"{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()]
            raise SettingsError("; ".join(wrong)) from error


class OutboxSettings(Settings):
    """Where a function may send what its transactions announce; the sweeper sends the rest."""

    bus_name: str
    ingest_queue_url: str = ""
    notify_queue_url: str = ""


class DatabaseSettings(Settings):
    """Where MySQL is. Host and name come from the environment, user and password from the secret."""

    database_host: str
    database_port: int = 3306
    database_name: str = "insights"
    database_secret_arn: str
    database_tls: bool = True
    """Demand TLS and check the server's certificate against the bundle in the layer."""
