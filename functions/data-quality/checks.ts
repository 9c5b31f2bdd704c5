import { type Column, type ColumnSchema, contracts, type Dataset, processedColumns } from "../../contracts";
import { literal, quoted } from "../lib/athena";
import type { RowCounts } from "../lib/job-report";
import { countWhere, type Measure } from "./profile";

/** Whether a failed check stops publication, or is only reported. */
export type Severity = "error" | "warn";

/** What was found, what was expected, and whether that is good. */
export interface Judgement {
  readonly passed: boolean;
  readonly observed: string;
  readonly expected: string;
  /** The figure that was judged, for the trend. */
  readonly value?: number;
  /** Where it may lie, if that is known of earlier runs. */
  readonly band?: { readonly least: number; readonly most: number };
}

/** A check of one table: a measure that the scan of the table takes along, and how its value is judged. */
export interface Check {
  readonly id: string;
  readonly description: string;
  readonly severity: Severity;
  /** SQL aggregate; undefined for a check that reads no table. */
  readonly measure?: string;
  /** What tells the rows that fail it, where single rows do: a condition, or that their key comes more than once. */
  readonly offenders?: { readonly where: string } | "repeated";
  judge(value: string | null): Judgement;
}

/** What the checks compare a table with. */
export interface CheckContext {
  readonly date: string;
  readonly processingTime: string;
  /** What the job says of its records. */
  readonly counts: RowCounts;
  /** Records of the accepted files, as the validator counted them. */
  readonly manifestRows: number;
}

const MS_PER_DAY = 86_400_000;
const MS_PER_HOUR = 3_600_000;

/**
 * Compiles a dataset's contract to the checks of its processed table.
 *
 * @returns the checks that one scan of the table, and the counts of the context, decide.
 */
export function compileChecks(dataset: Dataset, context: CheckContext): Check[] {
  const columns = processedColumns(dataset);
  return [
    ...countChecks(dataset, context),
    keyCheck(dataset),
    ...columns.flatMap((column) => columnChecks(dataset, column, context)),
    ...freshnessCheck(dataset, context),
  ];
}

/**
 * The one statement that takes the measures of all checks, as column `m<index>`, and those of the profile, as `p<index>`.
 *
 * @param table its quoted name.
 * @param date only this batch date's rows are looked at.
 */
export function scanQuery(
  checks: readonly Check[],
  profile: readonly Measure[],
  table: string,
  snapshot: string,
  date: string,
): string {
  const measures = [
    ...checks.flatMap(({ measure }, index) => (measure === undefined ? [] : [`${measure} AS m${index}`])),
    ...profile.map(({ sql }, index) => `${sql} AS p${index}`),
  ];
  return `SELECT\n  ${measures.join(",\n  ")}\nFROM ${table} FOR VERSION AS OF ${snapshot}\nWHERE source_date = DATE ${literal(date)}`;
}

/** Keys that a report names of those that offend. */
export const SAMPLES = 5;

/**
 * The statement that names some of the rows that fail a check, by the columns of their key that are not personal; undefined where no
 * single row is to blame.
 */
export function offendersQuery(
  dataset: Dataset,
  { offenders }: Check,
  table: string,
  snapshot: string,
  date: string,
): string | undefined {
  const { properties, "x-key": key } = contracts[dataset];
  const names = key.filter((name) => properties[name]?.["x-pii"] === undefined).map(quoted);
  if (offenders === undefined || names.length === 0) return undefined;
  const text = names.map((name) => `coalesce(CAST(${name} AS varchar), 'null')`).join(" || ' ' || ");
  const of = `FROM ${table} FOR VERSION AS OF ${snapshot}\nWHERE source_date = DATE ${literal(date)}`;
  const rows =
    offenders === "repeated"
      ? `${of}\nGROUP BY ${key.map(quoted).join(", ")}\nHAVING count(*) > 1`
      : `${of} AND (${offenders.where})`;
  return `SELECT ${text} AS key\n${rows}\nORDER BY 1\nLIMIT ${SAMPLES}`;
}

function countChecks(dataset: Dataset, { counts, manifestRows }: CheckContext): Check[] {
  const accounted = counts.out + counts.quarantined + counts.duplicates;
  return [
    {
      id: `${dataset}.rows.written`,
      description: "The table holds as many rows of the date as the job says it wrote.",
      severity: "error",
      measure: "count(*)",
      judge: (value) => equal(value, counts.out),
    },
    {
      id: `${dataset}.rows.reconciled`,
      description: "Records in = rows out + quarantined + duplicates.",
      severity: "error",
      judge: () => ({
        passed: counts.in === accounted,
        observed: `${counts.out} + ${counts.quarantined} + ${counts.duplicates} = ${accounted}`,
        expected: String(counts.in),
      }),
    },
    {
      id: `${dataset}.rows.read`,
      description: "The job read as many records as the validator counted in the accepted files.",
      severity: "error",
      judge: () => ({
        passed: counts.in === manifestRows,
        observed: String(counts.in),
        expected: String(manifestRows),
      }),
    },
  ];
}

function keyCheck(dataset: Dataset): Check {
  const key = contracts[dataset]["x-key"];
  const names = key.map(quoted).join(", ");
  return {
    id: `${dataset}.key.unique`,
    description: `No two rows of the date have the same ${key.join(", ")}.`,
    severity: "error",
    measure: `count(*) - count(DISTINCT ${key.length === 1 ? names : `ROW(${names})`})`,
    offenders: "repeated",
    judge: none,
  };
}

function columnChecks(dataset: Dataset, column: Column, context: CheckContext): Check[] {
  const { name, schema } = column;
  const field = quoted(name);
  const violations = (rule: string, description: string, condition: string): Check => ({
    id: `${dataset}.${name}.${rule}`,
    description: `${name} ${description}`,
    severity: "error",
    measure: countWhere(condition),
    offenders: { where: condition },
    judge: none,
  });
  return [
    column.nullable
      ? nullShareCheck(dataset, column, context)
      : violations("required", "is never null.", `${field} IS NULL`),
    ...boundRules(schema).map(([rule, operator, limit]) =>
      violations(rule, `is ${operator} ${limit}.`, `NOT (${field} ${operator} ${limit})`),
    ),
    ...enumRule(schema).map((values) =>
      violations("enum", `is one of ${values.join(", ")}.`, `${field} NOT IN (${values.map(literal).join(", ")})`),
    ),
    ...present(schema.minLength).map((length) =>
      violations("minLength", `has at least ${length} characters.`, `length(${field}) < ${length}`),
    ),
    ...present(schema.maxLength).map((length) =>
      violations("maxLength", `has at most ${length} characters.`, `length(${field}) > ${length}`),
    ),
    ...present(schema.pattern).map((pattern) =>
      violations("pattern", `matches ${pattern}.`, `NOT regexp_like(${field}, ${literal(pattern)})`),
    ),
    ...present(schema["x-computed"]).map(({ product: [left, right], tolerance }) =>
      violations(
        "computed",
        `is ${left} × ${right} within ${tolerance}.`,
        `abs(${field} - ${quoted(left)} * ${quoted(right)}) > ${tolerance}`,
      ),
    ),
    ...(schema["x-not-future"] === true ? [notFutureCheck(dataset, name, context.processingTime)] : []),
  ];
}

function nullShareCheck(dataset: Dataset, { name }: Column, { counts }: CheckContext): Check {
  const { maxNullShare } = contracts[dataset]["x-quality"];
  return {
    id: `${dataset}.${name}.nullShare`,
    description: `${name} is null in at most ${percent(maxNullShare)} of the rows.`,
    severity: "warn",
    measure: countWhere(`${quoted(name)} IS NULL`),
    judge: (value) => {
      const share = toNumber(value) / Math.max(counts.out, 1);
      return {
        passed: share <= maxNullShare,
        observed: percent(share),
        expected: `at most ${percent(maxNullShare)}`,
        value: share,
      };
    },
  };
}

function notFutureCheck(dataset: Dataset, name: string, processingTime: string): Check {
  return {
    id: `${dataset}.${name}.notFuture`,
    description: `${name} is not later than the start of the run.`,
    severity: "error",
    measure: `CAST(max(${quoted(name)}) AS varchar)`,
    judge: (value) => ({
      passed: value === null || toTime(value) <= Date.parse(processingTime),
      observed: value ?? "no row",
      expected: `at most ${processingTime}`,
    }),
  };
}

function freshnessCheck(dataset: Dataset, { date }: CheckContext): Check[] {
  const { "x-event-time": eventTime, "x-quality": quality } = contracts[dataset];
  const { freshnessHours } = quality;
  if (eventTime === null || freshnessHours === undefined) return [];
  // Against the batch date and not the clock: a backfill is as fresh as its date.
  const end = Date.parse(date) + MS_PER_DAY;
  const oldest = end - freshnessHours * MS_PER_HOUR;
  return [
    {
      id: freshnessId(dataset, eventTime),
      description: `The newest ${eventTime} is at most ${freshnessHours} h before the end of the batch date.`,
      severity: "warn",
      measure: `CAST(max(${quoted(eventTime)}) AS varchar)`,
      judge: (value) => ({
        passed: value !== null && toTime(value) >= oldest,
        observed: value ?? "no row",
        expected: `at least ${new Date(oldest).toISOString()}`,
        ...(value === null ? {} : { value: (end - toTime(value)) / MS_PER_HOUR }),
      }),
    },
  ];
}

/** Id of the check whose value are the hours from a dataset's newest event to the end of the batch date. */
export function freshnessId(dataset: Dataset, eventTime: string | null): string {
  return `${dataset}.${eventTime}.freshness`;
}

function boundRules(schema: ColumnSchema): (readonly [rule: string, operator: string, limit: number])[] {
  const rules = [
    ["minimum", ">="],
    ["exclusiveMinimum", ">"],
    ["maximum", "<="],
    ["exclusiveMaximum", "<"],
  ] as const;
  return rules.flatMap(([rule, operator]) => present(schema[rule]).map((limit) => [rule, operator, limit] as const));
}

function enumRule(schema: ColumnSchema): string[][] {
  return present(schema.enum).map((values) => values.filter((value) => value !== null));
}

function present<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

/** Expects no offending row. */
function none(value: string | null): Judgement {
  return equal(value, 0);
}

function equal(value: string | null, expected: number): Judgement {
  const observed = toNumber(value);
  return { passed: observed === expected, observed: String(observed), expected: String(expected), value: observed };
}

/** @throws Error where a query gave no number: the check then counts as not computed. */
export function toNumber(value: string | null): number {
  const number = value === null || value === "" ? Number.NaN : Number(value);
  if (Number.isNaN(number)) throw new Error(`The query gave ${JSON.stringify(value)} where a number is expected.`);
  return number;
}

/** Epoch milliseconds of a date or time as Athena prints it: `2025-01-15`, `2025-01-15 10:00:00.000000 UTC`, all of them UTC. */
function toTime(value: string): number {
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,3})\d*)?)?(?: ?(?:UTC|Z|\+00(?::?00)?))?$/.exec(
    value,
  );
  if (match === null) throw new Error(`The query gave ${JSON.stringify(value)} where a time in UTC is expected.`);
  return Date.parse(`${match[1]}T${match[2] ?? "00:00:00"}.${(match[3] ?? "").padEnd(3, "0")}Z`);
}

/** A share as people read it. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
