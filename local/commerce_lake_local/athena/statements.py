"""Everything that is not a query: what Athena shows of its catalog, views, prepared statements.

See https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sqlglot import exp

from .catalog import Catalog, TableName, read_view, view_input
from .engine import QueryEngine, QueryRun, bind_parameters, parse_statement
from .errors import NotSupportedError, QueryError
from .maintenance import optimize, vacuum
from .results import ResultColumn, Row
from .types import to_hive

StatementType = Literal["DDL", "DML", "UTILITY"]
_NAME = r'[`"]?(?P<{0}>[\w$-]+)[`"]?'
_QUALIFIED = rf"(?:{_NAME.format('database')}\.)?{_NAME.format('table')}"


@dataclass
class Answer:
    """What a statement gives.

    Attributes:
        columns: Of the result.
        rows: As they come.
        is_query: Whether the result is a table with a header, and its file a CSV file.
    """

    columns: tuple[ResultColumn, ...]
    rows: Iterator[Row]
    is_query: bool


class PreparedStatements(Protocol):
    """Where PREPARE keeps its queries."""

    def get(self, name: str) -> str | None:
        """The query of a name."""

    def put(self, name: str, query: str) -> None:
        """Keep a query."""

    def drop(self, name: str) -> None:
        """Forget a query."""


@dataclass(frozen=True)
class Session:
    """What a statement is run with.

    Attributes:
        database: For names without one.
        parameters: SQL literals for the `?` of the statement.
        prepared: The workgroup's prepared statements.
        run: Gets the cost.
    """

    database: str | None
    parameters: list[str]
    prepared: PreparedStatements
    run: QueryRun


def statement_type(tree: exp.Expr) -> StatementType:
    """The type that GetQueryExecution says."""
    words = _words(tree).upper()
    if isinstance(tree, exp.Describe) or words.startswith(("SHOW", "EXPLAIN")):
        return "UTILITY"
    if isinstance(tree, exp.Query | exp.Insert | exp.Update | exp.Delete | exp.Merge):
        return "DML"
    return "DML" if words.startswith(("EXECUTE", "OPTIMIZE", "VACUUM")) else "DDL"


def returns_rows(tree: exp.Expr) -> bool:
    """Whether a statement's result is a query's: a table with a header."""
    return isinstance(tree, exp.Query) or _words(tree).upper().startswith("EXECUTE")


class Statements:
    """Runs any statement."""

    def __init__(self, engine: QueryEngine, catalog: Catalog, glue: Any, s3: Any) -> None:
        self._engine = engine
        self._catalog = catalog
        self._glue = glue
        self._s3 = s3

    @contextlib.contextmanager
    def run(self, sql: str, session: Session) -> Iterator[Answer]:
        """Run a statement.

        Raises:
            QueryError: It fails, or the local Athena does not know it.
            QueryCancelledError: It was ended before it was done.
        """
        tree = parse_statement(sql)
        words = _words(tree)
        if match := re.fullmatch(
            r"EXECUTE\s+" + _NAME.format("name") + r"(?:\s+USING\s+(?P<values>.+))?", words, _FLAGS
        ):
            sql, session = self._execute(match, session)
            tree = parse_statement(sql)
        if isinstance(tree, exp.Query):
            query = parse_statement(bind_parameters(sql, session.parameters))
            with self._engine.run(query, session.database, session.run) as (columns, rows):
                yield Answer(columns, rows, is_query=True)
            return
        names, shown = self._run(tree, words, session)
        yield Answer(tuple(ResultColumn(name, "VARCHAR") for name in names), iter(shown), is_query=False)

    def _execute(self, match: re.Match[str], session: Session) -> tuple[str, Session]:
        text = session.prepared.get(match["name"])
        if text is None:
            raise QueryError("NOT_FOUND", f"Prepared statement not found: {match['name']}")
        values = _values(match["values"]) if match["values"] else session.parameters
        return text, Session(session.database, values, session.prepared, session.run)

    def _run(self, tree: exp.Expr, words: str, session: Session) -> tuple[list[str], list[Row]]:
        match tree:
            case exp.Create(kind="VIEW"):
                return [], self._create_view(tree, session)
            case exp.Drop(kind="VIEW"):
                return [], self._drop_view(tree, session)
            case exp.Describe():
                return ["col_name", "data_type", "comment"], self._describe(tree, session)
        for pattern, method in _COMMANDS:
            if match := re.fullmatch(pattern, words, _FLAGS):
                columns, rows = getattr(self, method)(match.groupdict(), session)
                return columns, rows
        raise NotSupportedError(f"the statement {' '.join(words.split()[:2]).upper() or tree.key.upper()}")

    # Views

    def _create_view(self, tree: exp.Create, session: Session) -> list[Row]:
        target = tree.this
        if not isinstance(target, exp.Table):
            raise NotSupportedError("names of columns in CREATE VIEW", target)
        name = self._catalog.name_of(target, session.database)
        if not self._catalog.has_database(name.database):
            raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{name.database}' does not exist", target)
        query = tree.expression
        names: set[str] = set()
        columns = []
        for place, column in enumerate(self._engine.describe(query, session.database)):
            if column.name.lower() in names:
                raise QueryError("DUPLICATE_COLUMN_NAME", f"Column name '{column.name}' specified more than once")
            if column.name == f"_col{place}":
                raise QueryError("MISSING_COLUMN_NAME", f"Column name not specified at position {place + 1}")
            names.add(column.name.lower())
            columns.append((column.name.lower(), column.full_type, to_hive(column.type)))
        view = view_input(name, session.database or name.database, query.sql("trino"), columns)
        self._put_view(name, view, replace=bool(tree.args.get("replace")))
        return []

    def _put_view(self, name: TableName, view: dict[str, Any], *, replace: bool) -> None:
        try:
            self._glue.create_table(DatabaseName=name.database, TableInput=view)
        except self._glue.exceptions.AlreadyExistsException:
            table = self._catalog.table(name)
            if read_view(table) is None:
                raise QueryError("TABLE_ALREADY_EXISTS", f"Table already exists: '{name}'") from None
            if not replace:
                raise QueryError("TABLE_ALREADY_EXISTS", f"View already exists: '{name}'") from None
            self._glue.update_table(DatabaseName=name.database, TableInput=view)

    def _drop_view(self, tree: exp.Drop, session: Session) -> list[Row]:
        [target] = tree.args["tables"]
        name = self._catalog.name_of(target, session.database)
        try:
            table = self._catalog.table(name, target)
        except QueryError:
            if tree.args.get("exists"):
                return []
            raise
        if read_view(table) is None:
            raise QueryError("TABLE_NOT_FOUND", f"View '{name}' does not exist", target)
        self._glue.delete_table(DatabaseName=name.database, Name=name.table)
        return []

    # What the catalog holds

    def _describe(self, tree: exp.Describe, session: Session) -> list[Row]:
        name = self._catalog.name_of(tree.this, session.database)
        table = self._catalog.table(name)
        keys = table.get("PartitionKeys", [])
        lines = [_described(column) for column in table["StorageDescriptor"]["Columns"] + keys]
        if keys:
            lines += ["", "# Partition Information", _padded("# col_name", "data_type", "comment"), ""]
            lines += [_described(key) for key in keys]
        return [[line] for line in lines]

    def _show_databases(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        pages = self._glue.get_paginator("get_databases").paginate()
        names = sorted(one["Name"] for page in pages for one in page["DatabaseList"])
        return ["database_name"], _matching(names, given.get("pattern"))

    def _show_tables(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        names = sorted(one["Name"] for one in self._tables(given, session))
        return ["tab_name"], _matching(names, given.get("pattern"))

    def _show_views(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        names = sorted(one["Name"] for one in self._tables(given, session) if one.get("TableType") == "VIRTUAL_VIEW")
        return ["views"], _matching(names, given.get("pattern"))

    def _show_columns(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        table = self._catalog.table(self._name(given, session))
        columns = table["StorageDescriptor"]["Columns"] + table.get("PartitionKeys", [])
        return ["field"], [[column["Name"]] for column in columns]

    def _show_partitions(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        name = self._name(given, session)
        keys = [key["Name"] for key in self._catalog.table(name).get("PartitionKeys", [])]
        if not keys:
            raise QueryError("INVALID_TABLE_PROPERTY", f"Table {name} is not a partitioned table")
        found = sorted(
            "/".join(f"{key}={value}" for key, value in zip(keys, one["Values"], strict=True))
            for one in self._catalog.partitions(name)
        )
        return ["partition"], [[one] for one in found]

    def _repair(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        name = self._name(given, session)
        table = self._catalog.table(name)
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        known = {tuple(one["Values"]) for one in self._catalog.partitions(name)}
        descriptor = table["StorageDescriptor"]
        shown: list[Row] = []
        for folder in self._catalog.folders(descriptor["Location"]):
            values = partition_values(folder, keys)
            if values is None or values in known:
                continue
            known.add(values)
            location = f"{descriptor['Location'].rstrip('/')}/{folder}/"
            partition = {"Values": list(values), "StorageDescriptor": descriptor | {"Location": location}}
            self._glue.create_partition(DatabaseName=name.database, TableName=name.table, PartitionInput=partition)
            shown.append([f"Repair: Added partition to metastore {name.table}:{folder}"])
        return ["result"], shown

    def _optimize(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        optimize(self._catalog.iceberg_table(self._name(given, session)))
        return [], []

    def _vacuum(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        vacuum(self._catalog.iceberg_table(self._name(given, session)), self._s3)
        return [], []

    def _show_create_view(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        name = self._name(given, session)
        view = read_view(self._catalog.table(name))
        if view is None:
            raise QueryError("NOT_SUPPORTED", f"Relation '{name}' is a table, not a view")
        return ["Create View"], [[f'CREATE VIEW "{name.database}"."{name.table}" AS'], [view.sql]]

    def _show_tblproperties(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        parameters = self._catalog.table(self._name(given, session)).get("Parameters", {})
        return ["prpt_name", "prpt_value"], [[f"{name}\t{value}"] for name, value in sorted(parameters.items())]

    def _prepare(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        query = str(given["query"])
        parse_statement(query)
        session.prepared.put(str(given["name"]), query)
        return [], []

    def _deallocate(self, given: dict[str, str | None], session: Session) -> tuple[list[str], list[Row]]:
        name = str(given["name"])
        if session.prepared.get(name) is None:
            raise QueryError("NOT_FOUND", f"Prepared statement not found: {name}")
        session.prepared.drop(name)
        return [], []

    def _tables(self, given: dict[str, str | None], session: Session) -> list[dict[str, Any]]:
        database = given.get("database") or session.database
        if not database:
            raise QueryError("MISSING_SCHEMA_NAME", "Schema must be specified when session schema is not set")
        if not self._catalog.has_database(database):
            raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist")
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=database)
        return [table for page in pages for table in page["TableList"]]

    def _name(self, given: dict[str, str | None], session: Session) -> TableName:
        database = exp.to_identifier(given["database"]) if given.get("database") else None
        return self._catalog.name_of(exp.Table(this=exp.to_identifier(given["table"]), db=database), session.database)


_FLAGS = re.IGNORECASE | re.DOTALL
_IN_DATABASE = rf"(?:\s+(?:IN|FROM)\s+{_NAME.format('database')})?(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?"
_COMMANDS = (
    (r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?", "_show_databases"),
    (rf"SHOW\s+TABLES{_IN_DATABASE}", "_show_tables"),
    (rf"SHOW\s+VIEWS{_IN_DATABASE}", "_show_views"),
    (rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_QUALIFIED}", "_show_columns"),
    (rf"SHOW\s+PARTITIONS\s+{_QUALIFIED}", "_show_partitions"),
    (rf"SHOW\s+CREATE\s+VIEW\s+{_QUALIFIED}", "_show_create_view"),
    (rf"SHOW\s+TBLPROPERTIES\s+{_QUALIFIED}", "_show_tblproperties"),
    (rf"MSCK\s+REPAIR\s+TABLE\s+{_QUALIFIED}", "_repair"),
    (rf"OPTIMIZE\s+{_QUALIFIED}\s+REWRITE\s+DATA\s+USING\s+BIN_PACK", "_optimize"),
    (rf"VACUUM\s+{_QUALIFIED}", "_vacuum"),
    (rf"PREPARE\s+{_NAME.format('name')}\s+FROM\s+(?P<query>.+)", "_prepare"),
    (rf"DEALLOCATE\s+PREPARE\s+{_NAME.format('name')}", "_deallocate"),
)


def _words(tree: exp.Expr) -> str:
    """The text of a statement that the parser leaves as it is."""
    if not isinstance(tree, exp.Command):
        return ""
    return f"{tree.name} {tree.expression.name if tree.expression else ''}".strip().rstrip(";").strip()


def _values(text: str) -> list[str]:
    tree = parse_statement(f"SELECT {text}")
    return [value.sql("trino") for value in tree.args["expressions"]]


def partition_values(folder: str, keys: list[str]) -> tuple[str, ...] | None:
    """The values in a folder's path (`year=2025/month=01`), or None where it is none of the table's partitions."""
    parts = [part.partition("=") for part in folder.split("/")]
    if not keys or [name.lower() for name, _, _ in parts] != keys:
        return None
    return tuple(value for _, _, value in parts)


def _matching(names: list[str], pattern: str | None) -> list[Row]:
    """Names that match Hive's pattern: `*` for anything, `|` between choices."""
    if pattern is None:
        return [[name] for name in names]
    choices = "|".join(re.escape(choice).replace(r"\*", ".*") for choice in pattern.lower().split("|"))
    return [[name] for name in names if re.fullmatch(choices, name)]


def _described(column: dict[str, str]) -> str:
    return _padded(column["Name"], column["Type"], column.get("Comment", ""))


def _padded(*cells: str) -> str:
    return "\t".join(cell.ljust(20) for cell in cells)
