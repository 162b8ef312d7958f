"""Splits a migration's SQL into its statements."""

import re

from shared.contracts.errors import PermanentError

# What a semicolon may stand in without ending a statement, and comments, which are left out.
_TOKEN = re.compile(
    r"""
    (?P<comment>   --(?=\s|$)[^\n]* | \#[^\n]* | /\*(?!!).*?\*/ )
  | (?P<quoted>    '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`]|``)*` | /\*!.*?\*/ )
  | (?P<end>       ; )
  | (?P<open>      ['"`] | /\* )
  | (?P<text>      [^'"`;\#/-]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)


class UnreadableMigration(PermanentError):
    """A quotation or a comment in a migration is not closed."""


def split_statements(sql: str) -> list[str]:
    """The statements of `sql` in their order, without comments, semicolons and the space around them.

    Raises:
        UnreadableMigration: a quotation or a comment is not closed.
    """
    statements, current = [], ""
    for token in _TOKEN.finditer(sql):
        if token.lastgroup == "open":
            raise UnreadableMigration(f"{token.group()} at character {token.start()} is never closed")
        if token.lastgroup == "end":
            statements.append(current.strip())
            current = ""
        elif token.lastgroup == "comment":
            current += " "
        else:
            current += token.group()
    return [statement for statement in [*statements, current.strip()] if statement]
