import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Athena, type QueryResult } from "../../functions/lib/athena";
import { UsageError } from "./errors";
import { interrupt } from "./interrupt";
import type { Lake } from "./lake";
import { ROOT } from "./paths";

const QUERIES = path.join(ROOT, "queries");

/** A value of a result, numbers as numbers. */
export type KpiValue = string | number | null;

/** The curated tables that hold events, and so the days of a batch. */
const EVENT_TABLES = ["transactions", "clickstream", "reviews"] as const;

/** @returns the named queries, as `queries/` holds them */
export function queryNames(): string[] {
  return readdirSync(QUERIES)
    .filter((file) => file.endsWith(".sql"))
    .map((file) => path.basename(file, ".sql"))
    .sort();
}

/**
 * @param value as typed
 * @returns it as a literal of SQL: numbers as they are, everything else quoted
 */
export function sqlLiteral(value: string): string {
  return /^-?\d+(\.\d+)?$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
}

function athena(lake: Lake, reuseMinutes?: number): Athena {
  return new Athena(lake.athena, {
    workgroup: lake.names.workgroup,
    ...(reuseMinutes === undefined ? {} : { reuseMinutes }),
  });
}

/**
 * Runs a named query on the curated tables.
 *
 * @param name of a file in `queries/`
 * @param parameters for its question marks, as typed
 * @param reuseMinutes age of an earlier result that does; none where left out
 * @throws UsageError where there is no such query, or it takes another number of parameters
 */
export async function runNamedQuery(
  lake: Lake,
  name: string,
  parameters: readonly string[],
  reuseMinutes?: number,
): Promise<QueryResult> {
  const file = path.join(QUERIES, `${name}.sql`);
  if (!queryNames().includes(name) || !existsSync(file)) {
    throw new UsageError(`There is no query "${name}". The queries are ${queryNames().join(", ")} (queries/).`);
  }
  const sql = readFileSync(file, "utf8");
  const wanted = placeholders(sql);
  if (wanted !== parameters.length) {
    const header = sql.split("\n").filter((line) => line.startsWith("-- "));
    throw new UsageError(
      `${name} takes ${wanted} parameter(s), and was given ${parameters.length}.\n${header.map((line) => `    ${line.slice(3)}`).join("\n")}`,
    );
  }
  interrupt.throwIfAborted();
  return athena(lake, reuseMinutes).query(sql, lake.names.database("curated"), parameters.map(sqlLiteral));
}

/** @returns how many question marks of a query stand for parameters: not those in comments and texts */
export function placeholders(sql: string): number {
  return sql.replace(/--[^\n]*|'(?:[^']|'')*'/g, "").split("?").length - 1;
}

/**
 * Finds the day whose figures say most about a batch: the newest on which something happened that the batch brought. A
 * batch may bring a month of days, none of them its own.
 *
 * @returns `YYYY-MM-DD`; undefined where the batch brought no event
 */
export async function newestDay(lake: Lake, date: string): Promise<string | undefined> {
  const days = EVENT_TABLES.map(
    (table) => `SELECT max(year * 10000 + month * 100 + day) AS day FROM ${table} WHERE source_date = DATE '${date}'`,
  );
  const { rows } = await athena(lake).query(
    `SELECT max(day) AS day FROM (${days.join(" UNION ALL ")}) AS days`,
    lake.names.database("curated"),
  );
  return rows[0]?.day?.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");
}

/**
 * The key figures of a batch: those of its newest day.
 *
 * @returns a row a day; none where the batch brought no event
 */
export async function kpisOf(lake: Lake, date: string): Promise<Record<string, KpiValue>[]> {
  const day = await newestDay(lake, date);
  if (day === undefined) return [];
  // Never an earlier result: a batch has just changed the day.
  const { rows } = await runNamedQuery(lake, "daily_kpis", [day, day]);
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, kpiValue(value)])));
}

/** A value as Athena gives it, which is text alone, as what it is. */
export function kpiValue(value: string | null): KpiValue {
  return value !== null && /^-?\d+(\.\d+)?(E-?\d+)?$/.test(value) ? Number(value) : value;
}
