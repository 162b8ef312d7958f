import pytest
from pymysql.converters import escape_item

from services.schema.logins import Grants, functions_grants, readers_grants, statements


def sent(database: str, grants: Grants = functions_grants, *, tls: bool = True) -> list[str]:
    """The statements as the driver sends them."""
    login = {"username": "insights_functions", "password": "it's"}
    quoted = {name: escape_item(value, "utf8mb4") for name, value in login.items()}
    return [statement % quoted for statement in statements(database, grants, tls=tls)]


def test_a_user_is_made_has_the_secrets_password_and_may_do_nothing_but_rows() -> None:
    assert sent("insights") == [
        "CREATE USER IF NOT EXISTS 'insights_functions'@'%' IDENTIFIED BY 'it\\'s'",
        "ALTER USER 'insights_functions'@'%' IDENTIFIED BY 'it\\'s' REQUIRE SSL",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON `insights`.* TO 'insights_functions'@'%'",
    ]


def test_a_server_that_is_not_asked_for_tls_lets_the_user_in_without() -> None:
    assert sent("insights", tls=False)[1].endswith(" REQUIRE NONE")


@pytest.mark.parametrize(
    "name, granted",
    [("a_b", r"`a\_b`.*"), ("a%b", r"`a\%b`.*"), ("a`b", "`a``b`.*"), ("a\\b", r"`a\\b`.*")],
)
def test_a_databases_name_stands_for_no_other(name: str, granted: str) -> None:
    assert f" ON {granted} TO " in sent(name)[2]


def test_a_reader_may_read_each_view_and_this_database_s_name_is_no_pattern() -> None:
    granted = [statement for statement in sent("a_b%`c", readers_grants) if statement.startswith("GRANT")]

    assert granted[0] == ("GRANT SELECT ON `a_b%``c`.`category_share_by_month` TO 'insights_functions'@'%'")
    assert all(statement.startswith("GRANT SELECT ON `a_b%``c`.`") for statement in granted)
