import { type ColumnSchema, contracts, type Dataset } from "../../contracts";
import { literal, quoted } from "../lib/athena";
import { type Judgement, percent, SAMPLES, type Severity, toNumber } from "./checks";
import { countWhere, isNumber } from "./profile";
import type { TableVersion } from "./references";
import { atMost, band, DEFAULTS as USUAL } from "./usual";

/** A check of the rows of a snapshot against those that had the same key in the last one. */
export interface SameKeyCheck {
  readonly id: string;
  readonly description: string;
  readonly severity: Severity;
  /** Columns that it looks at. */
  readonly columns: readonly string[];
  /** What tells the rows that fail it: SQL on the row now, `n`, and the one before, `o`. */
  readonly where: string;
  /** Share of the rows that may fail it while too few earlier runs say what is usual, and rows that are no news however rare they were. */
  readonly firstShare: number;
  readonly spare: number;
}

export const DEFAULTS = Object.freeze({
  /** Two numbers have changed places where they are so many times nearer to each other's value before than to their own. */
  timesNearer: 10,
  /** Steps of the coarser type that they must have been apart: a stock of 3 and two reviews become 2 and 3 by themselves. */
  leastSteps: 20,
  /** Share of the rows that may have lost a value while too few earlier runs say what is usual. */
  firstLost: 0.01,
});

/**
 * Compiles a dataset's contract to checks of its rows against the rows of the same key in the snapshot before. Only for a dataset without
 * event time, which arrives as a full snapshot a day: elsewhere a key does not come again.
 */
export function sameKeyChecks(dataset: Dataset): SameKeyCheck[] {
  const { properties, "x-key": key, "x-event-time": eventTime } = contracts[dataset];
  if (eventTime !== null) return [];
  const columns = Object.entries(properties).filter(([name]) => !key.includes(name));
  return [
    ...columns.flatMap((a, index) => columns.slice(index + 1).flatMap((b) => exchanged(dataset, a, b))),
    ...columns.flatMap(([name, schema]) => (Array.isArray(schema.type) ? [lost(dataset, name)] : [])),
  ];
}

/**
 * The statement that counts the rows that have one of the same key in the snapshot before, as `compared`, and those among them that fail
 * each of the checks, as `c<index>`.
 *
 * @param date batch date of the rows.
 * @param before that of the snapshot before.
 */
export function sameKeyQuery(
  dataset: Dataset,
  checks: readonly SameKeyCheck[],
  version: TableVersion,
  date: string,
  before: string,
): string {
  const columns = [...new Set(checks.flatMap((check) => check.columns))];
  const counts = checks.map(({ where }, index) => `${countWhere(where)} AS c${index}`);
  return `SELECT\n  ${["count(*) AS compared", ...counts].join(",\n  ")}\n${joined(dataset, columns, version, date, before)}`;
}

/** The statement that names some of the rows that fail a check, by key and values; undefined where that would name a person. */
export function changedRowsQuery(
  dataset: Dataset,
  { columns, where }: SameKeyCheck,
  version: TableVersion,
  date: string,
  before: string,
): string | undefined {
  const { properties, "x-key": key } = contracts[dataset];
  if ([...key, ...columns].some((name) => properties[name]?.["x-pii"] !== undefined)) return undefined;
  const text = (side: "n" | "o", name: string) => `coalesce(CAST(${side}.${quoted(name)} AS varchar), 'null')`;
  const changes = columns.map(
    (name, index) => `'${index === 0 ? "" : ", "}${name} ' || ${text("o", name)} || ' to ' || ${text("n", name)}`,
  );
  const keys = key.map((name) => text("n", name)).join(" || ' ' || ");
  return `SELECT ${keys} || ' (' || ${changes.join(" || ")} || ')' AS key
${joined(dataset, columns, version, date, before)}
WHERE ${where}
ORDER BY 1
LIMIT ${SAMPLES}`;
}

/**
 * Judges how many rows fail a check.
 *
 * @param past shares of the rows that failed it in earlier good runs, the newest first.
 * @throws Error where the query gave no number.
 */
export function judgeSameKey(
  { firstShare, spare }: SameKeyCheck,
  failing: string | null | undefined,
  compared: string | null | undefined,
  past: readonly number[],
): Judgement {
  const [rows, of] = [toNumber(failing ?? null), toNumber(compared ?? null)];
  const shares = past.slice(0, USUAL.historyLength);
  const usual = shares.length < USUAL.leastHistory ? firstShare : band(shares, 0).most;
  const most = atMost(usual * of, spare);
  const value = rows / Math.max(of, 1);
  return {
    passed: rows <= most,
    observed: rows === 0 ? "0" : `${rows} of ${of} rows (${percent(value)})`,
    expected: `at most ${most}`,
    value,
  };
}

type Named = readonly [name: string, schema: ColumnSchema];

function exchanged(dataset: Dataset, [a, schemaA]: Named, [b, schemaB]: Named): SameKeyCheck[] {
  const where = exchange(a, schemaA, b, schemaB);
  if (where === undefined) return [];
  return [
    {
      id: `${dataset}.${a}.exchanged.${b}`,
      description: `${a} and ${b} of a row are not each other's in the snapshot before: they may have changed places.`,
      severity: "warn",
      columns: [a, b],
      where,
      // Whoever has never seen it takes it for an error at once.
      firstShare: 0,
      spare: 0,
    },
  ];
}

/** When two columns of a row have changed places, as SQL; undefined where they could not. */
function exchange(a: string, schemaA: ColumnSchema, b: string, schemaB: ColumnSchema): string | undefined {
  if (isNumber(schemaA) && isNumber(schemaB)) {
    const value = (side: "n" | "o", name: string) => `CAST(${side}.${quoted(name)} AS double)`;
    const apart = (left: string, right: string) => `abs(${left} - ${right})`;
    const [newA, newB, oldA, oldB] = [value("n", a), value("n", b), value("o", a), value("o", b)];
    const least = DEFAULTS.leastSteps * Math.max(stepOf(schemaA), stepOf(schemaB));
    return (
      `${apart(oldA, oldB)} >= ${least} AND ${DEFAULTS.timesNearer} * (${apart(newA, oldB)} + ${apart(newB, oldA)}) ` +
      `<= ${apart(newA, oldA)} + ${apart(newB, oldB)}`
    );
  }
  // Of few values, two are the other way round by themselves.
  const isExact = ({ "x-type": type, enum: values }: ColumnSchema) => type !== "boolean" && values === undefined;
  if (schemaA["x-type"] !== schemaB["x-type"] || !isExact(schemaA) || !isExact(schemaB)) return undefined;
  const [fieldA, fieldB] = [quoted(a), quoted(b)];
  return `n.${fieldA} = o.${fieldB} AND n.${fieldB} = o.${fieldA} AND n.${fieldA} <> n.${fieldB}`;
}

/** The least by which two numbers of a type differ; 0 of those that have none. */
function stepOf({ "x-type": type }: ColumnSchema): number {
  if (type === "double") return 0;
  const scale = /^decimal\(\d+,(\d+)\)$/.exec(type)?.[1] ?? "0";
  return 10 ** -Number(scale);
}

function lost(dataset: Dataset, name: string): SameKeyCheck {
  return {
    id: `${dataset}.${name}.lost`,
    description: `No more rows than before have lost the ${name} that they had in the snapshot before.`,
    severity: "warn",
    columns: [name],
    where: `o.${quoted(name)} IS NOT NULL AND n.${quoted(name)} IS NULL`,
    firstShare: DEFAULTS.firstLost,
    spare: USUAL.spareRows,
  };
}

/** The rows of a date, and beside each the one of the same key in the snapshot before. */
function joined(
  dataset: Dataset,
  columns: readonly string[],
  { table, snapshot }: TableVersion,
  date: string,
  before: string,
): string {
  const key = contracts[dataset]["x-key"];
  const names = [...key, ...columns].map(quoted).join(", ");
  const version = snapshot === undefined ? table : `${table} FOR VERSION AS OF ${snapshot}`;
  const rows = (of: string) => `(SELECT ${names} FROM ${version} WHERE source_date = DATE ${literal(of)})`;
  const same = key.map((name) => `n.${quoted(name)} = o.${quoted(name)}`).join(" AND ");
  return `FROM ${rows(date)} n\nJOIN ${rows(before)} o ON ${same}`;
}
