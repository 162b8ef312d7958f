import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.schema.statements import UnreadableMigration, split_statements


def test_statements_are_cut_at_semicolons_and_empty_ones_left_out() -> None:
    assert split_statements("SELECT 1;;\n\n SELECT 2 ;\n") == ["SELECT 1", "SELECT 2"]


@pytest.mark.parametrize(
    "quoted",
    ["'a;b'", "'it''s; so'", r"'it\'s; so'", '"a;b"', "`a;b`", "'-- ; no comment'", "'/* ; */'", "'# ;'"],
)
def test_a_semicolon_in_quotes_ends_no_statement(quoted: str) -> None:
    assert split_statements(f"SELECT {quoted}; SELECT 2") == [f"SELECT {quoted}", "SELECT 2"]


@pytest.mark.parametrize(
    "comment", ["-- one; two\n", "--\n", "# it's; so\n", "/* it's;\nso */", "-- the customer's\n"]
)
def test_a_comment_is_left_out_with_what_looks_like_sql_in_it(comment: str) -> None:
    statements = split_statements(f"SELECT {comment}1; SELECT 2")

    assert [statement.split() for statement in statements] == [["SELECT", "1"], ["SELECT", "2"]]


def test_a_comment_for_a_server_version_is_a_statement() -> None:
    assert split_statements("/*!80000 SET a = ';' */; SELECT 1") == ["/*!80000 SET a = ';' */", "SELECT 1"]


def test_two_minus_signs_without_a_space_are_arithmetic() -> None:
    assert split_statements("SELECT 1--1") == ["SELECT 1--1"]


@pytest.mark.parametrize("sql", ["SELECT 'a; SELECT 2", 'SELECT "a', "SELECT `a", "SELECT 1 /* a; SELECT 2"])
def test_what_is_never_closed_is_refused(sql: str) -> None:
    with pytest.raises(UnreadableMigration, match="never closed"):
        split_statements(sql)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=5))
def test_any_texts_come_back_as_they_were_put_into_quotes(texts: list[str]) -> None:
    quoted = ["SELECT '" + text.replace("\\", "\\\\").replace("'", "''") + "'" for text in texts]

    assert split_statements(";".join(quoted)) == quoted
