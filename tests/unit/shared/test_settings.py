"""A function's environment becomes a model, or an error that names each variable."""

import pytest

from shared.contracts.errors import SettingsError
from shared.platform.settings import DatabaseSettings, Settings


class Example(Settings):
    data_bucket: str
    pack_size: int = 20


def test_variables_are_read_by_the_upper_case_name_of_the_field() -> None:
    assert Example.read({"DATA_BUCKET": "b", "PACK_SIZE": "7", "OTHER": "x"}) == Example(
        data_bucket="b", pack_size=7
    )


def test_an_empty_variable_counts_as_absent() -> None:
    assert Example.read({"DATA_BUCKET": "b", "PACK_SIZE": ""}).pack_size == 20


def test_every_wrong_variable_is_named() -> None:
    with pytest.raises(SettingsError, match=r"DATA_BUCKET: .*; PACK_SIZE: "):
        Example.read({"PACK_SIZE": "many"})


def test_tls_is_demanded_unless_switched_off() -> None:
    here = {"DATABASE_HOST": "h", "DATABASE_SECRET_ARN": "arn"}
    assert DatabaseSettings.read(here).database_tls
    assert not DatabaseSettings.read(here | {"DATABASE_TLS": "false"}).database_tls
