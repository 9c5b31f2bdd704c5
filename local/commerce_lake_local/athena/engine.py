"""Runs one statement: names to tables, Athena's SQL to DuckDB's, files to rows."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from pyiceberg.expressions import BooleanExpression
from sqlglot import TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from .catalog import Catalog, View
from .constants import with_constants_in_place
from .errors import InvalidRequestException, QueryCancelledError, QueryError
from .explain import explain
from .foreign import note_foreign_functions, refuse_foreign_parts, refuse_foreign_words
from .functions import MACROS
from .iceberg import IcebergRelation
from .inference import infer_types, timestamp_precision
from .partition_pruning import leave_out_partitions
from .pruning import predicates
from .relations import Relation
from .results import ResultColumn, Row, text_rows
from .storage import LakeFileSystem, ScanLimitError
from .translate import to_sql, translate

_BATCH_ROWS = 20_000
_DEEPEST_VIEW = 20
_INTERRUPT_SECONDS = 0.05


@dataclass(frozen=True)
class EngineSettings:
    """The means of one query.

    Attributes:
        memory: As DuckDB writes it; what does not fit goes to `spill`.
        threads: Of one query.
        spill: A folder.
    """

    memory: str
    threads: int
    spill: Path


@dataclass
class QueryRun:
    """A query while it runs: what it costs, and a way to stop it."""

    limit: int | None = None
    planning_seconds: float = 0.0
    scanned: int = 0
    _connection: duckdb.DuckDBPyConnection | None = None
    _cancelled: bool = False
    _views: list[str] = field(default_factory=list)

    def cancel(self) -> None:
        """Stop the query, now or as soon as it starts."""
        self._cancelled = True
        threading.Thread(target=self._interrupt, name="athena-cancel", daemon=True).start()

    def _interrupt(self) -> None:
        """Interrupt again and again: one that comes between two statements of the query is forgotten by the second."""
        while (connection := self._connection) is not None:
            connection.interrupt()
            time.sleep(_INTERRUPT_SECONDS)

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody stopped the query."""
        return self._cancelled


class QueryEngine:
    """Runs SELECT statements."""

    def __init__(self, catalog: Catalog, s3: Any, settings: EngineSettings) -> None:
        self._catalog = catalog
        self._s3 = s3
        self._settings = settings

    @contextlib.contextmanager
    def run(
        self, query: exp.Expr, database: str | None, run: QueryRun
    ) -> Iterator[tuple[tuple[ResultColumn, ...], Iterator[Row]]]:
        """Run a query.

        Args:
            query: As Athena's dialect parses it, its parameters filled in.
            database: For names without one.
            run: Gets the query's cost, and may cancel it.

        Yields:
            The result's columns, and its rows as they come.

        Raises:
            QueryError: The query fails.
            QueryCancelledError: It was stopped, or reads more than it may.
        """
        files = LakeFileSystem(self._s3, run.limit)
        with self._connect(files, run) as connection, _explained(run):
            try:
                started = time.monotonic()
                columns, sql = self._plan(connection, query.copy(), database, files)
                run.planning_seconds = time.monotonic() - started
                result = connection.sql(sql)
                described = tuple(
                    ResultColumn(name, str(kind), precision)
                    for name, kind, precision in zip(result.columns, result.types, columns, strict=True)
                )
                yield described, _rows(result, described)
            finally:
                run.scanned = files.scanned

    def describe(self, query: exp.Expr, database: str | None) -> tuple[ResultColumn, ...]:
        """The columns of a query's result, without running it."""
        with self.run(query, database, QueryRun()) as (columns, _):
            return columns

    @contextlib.contextmanager
    def _connect(self, files: LakeFileSystem, run: QueryRun) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(
            ":memory:",
            config={
                "threads": self._settings.threads,
                "memory_limit": self._settings.memory,
                "temp_directory": str(self._settings.spill),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                # A name that no table has must not find a variable of this program.
                "python_enable_replacements": False,
            },
        ) as connection:
            connection.register_filesystem(files)
            connection.execute("SET TimeZone = 'UTC'")
            for macro in MACROS:
                connection.execute(f"CREATE MACRO {macro}")
            run._connection = connection
            try:
                if run.is_cancelled:
                    raise QueryCancelledError("Query cancelled by user")
                yield connection
            finally:
                run._connection = None
                with contextlib.suppress(duckdb.Error):
                    connection.abort()

    def _plan(
        self, connection: duckdb.DuckDBPyConnection, query: exp.Expr, database: str | None, files: LakeFileSystem
    ) -> tuple[list[int], str]:
        """Translate a query and make its tables readable; the digits of its timestamps, and the SQL."""
        relations: dict[str, Relation] = {}
        refuse_foreign_parts(query)
        query = self._bind_tables(with_constants_in_place(query), database, connection, relations, depth=0)
        tables = {name: relation.columns for name, relation in relations.items()}
        types = infer_types(query, tables)
        query = translate(query, types)
        sql = to_sql(query)
        leave_out_partitions(connection, query, relations)
        for name, relation in relations.items():
            self._create_view(connection, name, relation, files)
        if any(isinstance(relation, IcebergRelation) for relation in relations.values()):
            for name, predicate in _predicates(connection, sql, relations).items():
                self._create_view(connection, name, relations[name], files, predicate)
        return [timestamp_precision(kind) for kind in types.outputs], sql

    def _bind_tables(
        self,
        query: exp.Expr,
        database: str | None,
        connection: duckdb.DuckDBPyConnection,
        relations: dict[str, Relation],
        depth: int,
    ) -> exp.Expr:
        """Give each table a name of its own, and put each view's query in the view's place."""
        if depth > _DEEPEST_VIEW:
            raise QueryError("VIEW_IS_RECURSIVE", f"Statement nests views deeper than {_DEEPEST_VIEW}")
        for node in _tables(query):
            found = self._catalog.resolve(node, database, lambda name, table: _register(connection, name, table))
            alias = node.args.get("alias") or exp.TableAlias(
                this=exp.to_identifier(node.name.partition("$")[0], quoted=True)
            )
            if isinstance(found, View):
                inner = parse_query(found.sql)
                refuse_foreign_parts(inner)
                inner = self._bind_tables(inner, found.database, connection, relations, depth + 1)
                node.replace(exp.Subquery(this=inner, alias=alias))
                continue
            name = f"scan_{len(relations)}"
            relations[name] = found
            node.replace(exp.Table(this=exp.to_identifier(name), alias=alias))
        for column in query.find_all(exp.Column):
            # The alias stands for the whole name from here on.
            column.set("db", None)
            column.set("catalog", None)
        return query

    def _create_view(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        relation: Relation,
        files: LakeFileSystem,
        predicate: BooleanExpression | None = None,
    ) -> None:
        scan = relation.scan(name, predicate)
        files.expect(scan.sizes, scan.names)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {scan.sql}")


_STATEMENTS = (exp.Query, exp.Command, exp.DDL, exp.DML, exp.Describe, exp.Drop, exp.Alter, exp.Use)


def parse_statement(sql: str) -> exp.Expr:
    """Parse one statement of Athena's dialect.

    Raises:
        InvalidRequestException: It is none, or several.
    """
    refuse_foreign_words(sql)
    try:
        statements = [one for one in sqlglot.parse(sql, dialect="athena") if one is not None]
    except SqlglotError as error:
        raise InvalidRequestException(_syntax_message(error), "MALFORMED_QUERY") from error
    if len(statements) != 1:
        shown = sql if len(sql) < 200 else f"{sql[:200]}…"
        raise InvalidRequestException(f"Only one sql statement is allowed. Got: {shown}", "MALFORMED_QUERY")
    if not isinstance(statements[0], _STATEMENTS):
        first = sql.split(maxsplit=1)[0]
        raise InvalidRequestException(f"line 1:1: mismatched input '{first}'. Expecting a statement", "MALFORMED_QUERY")
    note_foreign_functions(sql, statements[0])
    return statements[0]


def parse_query(sql: str) -> exp.Expr:
    """Parse a view's query."""
    statement = parse_statement(sql)
    if not isinstance(statement, exp.Query):
        raise QueryError("INVALID_VIEW", f"The view's text is no query: {sql[:200]}")
    return statement


def bind_parameters(sql: str, values: list[str]) -> str:
    """Put literals in the place of the `?` of a query, in the order of its text.

    Raises:
        QueryError: There are not as many values as parameters, or one is no literal.
    """
    tokens = Dialect.get_or_raise("trino").tokenize(sql)
    places = [token.start for token in tokens if token.token_type == TokenType.PLACEHOLDER]
    if len(places) != len(values):
        raise QueryError(
            "INVALID_PARAMETER_USAGE", f"Incorrect number of parameters: expected {len(places)} but found {len(values)}"
        )
    for place, value in reversed(list(zip(places, values, strict=True))):
        sql = f"{sql[:place]}({_literal(value)}){sql[place + 1 :]}"
    return sql


def _literal(value: str) -> str:
    """A parameter's value as one expression without names, comments or anything behind it."""
    try:
        [tree] = sqlglot.parse(value, dialect="athena")
    except (SqlglotError, ValueError):
        tree = None
    if tree is None or isinstance(tree, _STATEMENTS) or any(tree.find_all(exp.Column, exp.Query, exp.Alias)):
        raise QueryError("INVALID_PARAMETER_USAGE", f"{value!r} is no SQL literal; texts and dates need single quotes")
    return tree.sql("trino", comments=False)


def _rows(result: duckdb.DuckDBPyRelation, columns: tuple[ResultColumn, ...]) -> Iterator[Row]:
    """The rows; nothing is read before the first is wanted."""
    yield from text_rows(result.to_arrow_reader(_BATCH_ROWS), columns)


def _register(connection: duckdb.DuckDBPyConnection, name: str, table: Any) -> None:
    connection.register(name, table)


def _tables(query: exp.Expr) -> list[exp.Table]:
    """The tables of a query that are no common table expressions, outermost first."""
    found: dict[int, exp.Table] = {}
    for scope in traverse_scope(query):
        for source in scope.sources.values():
            if isinstance(source, exp.Table):
                found[id(source)] = source
    return list(found.values())


def _predicates(
    connection: duckdb.DuckDBPyConnection, sql: str, relations: Mapping[str, Relation]
) -> dict[str, BooleanExpression]:
    columns = {
        f"{name}_{place}": (name, column.name)
        for name, relation in relations.items()
        if isinstance(relation, IcebergRelation)
        for place, column in enumerate(relation.columns)
    }
    [(_, plan)] = connection.execute(f"EXPLAIN (FORMAT JSON) {sql}").fetchall()
    return predicates(plan, columns)


def _syntax_message(error: SqlglotError) -> str:
    details = getattr(error, "errors", [])
    if not details:
        return f"SYNTAX_ERROR: {str(error).splitlines()[0]}"
    first = details[0]
    description = str(first["description"]).partition(" but got <")[0].rstrip(".")
    if "<class" in description:
        description = "Incomplete statement"
    return f"line {first['line']}:{first['col']}: mismatched input '{first['highlight']}'. {description}"


@contextlib.contextmanager
def _explained(run: QueryRun) -> Iterator[None]:
    """Turn DuckDB's errors into Athena's."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        # Once rows come, Arrow tells what DuckDB says as an OSError.
        cause = error.__cause__ or error.__context__
        if run.is_cancelled:
            raise QueryCancelledError("Query cancelled by user") from error
        if isinstance(cause, ScanLimitError) or "Bytes scanned limit" in str(error):
            raise ScanLimitError("Bytes scanned limit was exceeded") from error
        raise explain(str(error)) from error
