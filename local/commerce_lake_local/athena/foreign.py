"""Refuses what the parser and DuckDB understand and Athena does not: what works here must not fail on AWS.

See https://trino.io/docs/current/sql/select.html and https://trino.io/docs/current/functions.html
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from sqlglot import TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token

from .errors import InvalidRequestException, NotSupportedError, QueryError

_WORDS = frozenset({TokenType.DCOLON, TokenType.ILIKE, TokenType.L_BRACE})
_FUNCTIONS = frozenset(
    """
    array_length date_sub datediff dateadd epoch epoch_ms group_concat ifnull isnull len
    list list_value median nvl nvl2 quantile quantile_cont quantile_disc string_agg string_split struct_pack
    strptime to_days to_timestamp try_strptime unix_timestamp
    """.split()  # noqa: SIM905 (they read better so)
)
"""Functions of other engines that the parser takes for one that Athena has under another name."""

FOREIGN = "foreign function"
"""Key in a statement's `meta`."""

_MAY_PRECEDE_SUBSCRIPT = frozenset(
    {TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.ARRAY, TokenType.STRING}
)


def refuse_foreign_words(sql: str) -> None:
    """Look at the words of a statement.

    Raises:
        InvalidRequestException: One of them is no word of Athena's where it stands.
    """
    try:
        tokens = Dialect.get_or_raise("trino").tokenize(sql)
    except SqlglotError:
        return  # the parser says it better
    for place, token in enumerate(tokens):
        before = tokens[:place]
        if token.token_type in _WORDS or _is_array_literal(before, token) or _is_late_offset(before, token):
            raise InvalidRequestException(f"{_place(token)}mismatched input '{token.text}'", "MALFORMED_QUERY")


def note_foreign_functions(sql: str, query: exp.Expr) -> None:
    """Note in a statement's `meta` the first function that Athena does not have: the tree has other names for them."""
    tokens = Dialect.get_or_raise("trino").tokenize(sql)
    for token, after in itertools.pairwise(tokens):
        is_call = after.token_type == TokenType.L_PAREN and token.token_type != TokenType.STRING
        if is_call and token.text.lower() in _FUNCTIONS:
            query.meta[FOREIGN] = f"{_place(token)}Function '{token.text.lower()}' not registered"
            return


def refuse_foreign_parts(query: exp.Expr) -> None:
    """Look at the parts of a query.

    Raises:
        QueryError: Athena does not know one.
        NotSupportedError: Athena knows it, and this does not.
    """
    if FOREIGN in query.meta:
        raise QueryError("FUNCTION_NOT_FOUND", query.meta[FOREIGN])
    for node in query.walk():
        match node:
            case exp.Star() if node.args.get("except_") or node.args.get("replace") or node.args.get("rename"):
                raise QueryError("SYNTAX_ERROR", "mismatched input after '*'. Expecting: ',', 'FROM' or the end", node)
            case exp.Distinct() if node.args.get("on"):
                raise QueryError("SYNTAX_ERROR", "mismatched input 'ON' after DISTINCT", node)
            case exp.TableSample():
                raise NotSupportedError("TABLESAMPLE, which gives other rows each time", node)
            case exp.Typeof():
                raise NotSupportedError("typeof", node)


def _is_array_literal(before: Sequence[Token], token: Token) -> bool:
    return token.token_type == TokenType.L_BRACKET and (
        not before or before[-1].token_type not in _MAY_PRECEDE_SUBSCRIPT
    )


def _is_late_offset(before: Sequence[Token], token: Token) -> bool:
    """Athena wants OFFSET before LIMIT."""
    return token.token_type == TokenType.OFFSET and len(before) > 1 and before[-2].token_type == TokenType.LIMIT


def _place(token: Token) -> str:
    return f"line {token.line}:{token.col - (token.end - token.start)}: "
