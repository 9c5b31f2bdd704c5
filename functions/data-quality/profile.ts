import { type ColumnSchema, contracts, type Dataset } from "../../contracts";
import { literal, quoted } from "../lib/athena";

/** Shape of a dataset's rows of one date: what is compared with earlier dates. Kept in the report of every run. */
export interface Profile {
  readonly rows: number;
  /** Rows that equal another in all but the first column of their key. */
  readonly repeated: number;
  /** Rows by the hour of their event, 0–23 UTC; none where events have no hour. */
  readonly hours: readonly number[];
  /** Rows by the day of their event: on the batch date, the day before …; later and older ones are left out. */
  readonly days: readonly number[];
  readonly columns: Readonly<Record<string, ColumnProfile>>;
}

/** Shape of a column. All but `nulls` are absent where the type has no such thing, or no row a value. */
export interface ColumnProfile {
  readonly nulls: number;
  /** Different values; not of long texts, which hardly ever occur twice. */
  readonly distinct?: number;
  /** Rows by value, of columns with few of them. */
  readonly values?: Readonly<Record<string, number>>;
  /** Of numbers. */
  readonly mean?: number;
  readonly deviation?: number;
  readonly most?: number;
  /** Of texts: the least and the greatest first character, the least, the most and the mean of characters. */
  readonly first?: string;
  readonly last?: string;
  readonly shortest?: number;
  readonly longest?: number;
  readonly length?: number;
  /** Rows by the last character, in `DEFAULTS.ends` groups: where one value takes the place of many, one group grows. Of short texts. */
  readonly ends?: readonly number[];
}

/** Something that the scan of a table takes along. */
export interface Measure {
  readonly name: string;
  /** An SQL aggregate. */
  readonly sql: string;
}

export const DEFAULTS = Object.freeze({
  /** Days before the batch date whose rows are counted day by day: a source may send a month in one file. */
  days: 35,
  /** Longest text, by contract, that is compared with others: a review's text is no sign of a row sent twice. */
  comparedLength: 256,
  /** Groups of last characters. */
  ends: 8,
});

/**
 * What has to be measured for a dataset's profile. Only what the source sends is measured: what a job derives follows from it.
 *
 * @param date the batch date, `YYYY-MM-DD`.
 */
export function profileMeasures(dataset: Dataset, date: string): Measure[] {
  const { properties, "x-event-time": eventTime, "x-key": key } = contracts[dataset];
  const columns = Object.entries(properties);
  const compared = columns.filter(([name, schema]) => name !== key[0] && isShort(schema)).map(([name]) => quoted(name));
  return [
    { name: "rows", sql: "count(*)" },
    { name: "repeated", sql: `count(*) - count(DISTINCT ROW(${compared.join(", ")}))` },
    ...(eventTime === null ? [] : eventMeasures(eventTime, properties[eventTime], date)),
    ...columns.flatMap(([name, schema]) => columnMeasures(name, schema)),
  ];
}

/**
 * Puts a profile together from measured values.
 *
 * @param values by the names of the measures.
 * @throws Error where one is no number.
 */
export function readProfile(dataset: Dataset, values: ReadonlyMap<string, string | null>): Profile {
  const number = (name: string) => {
    const value = optionalNumber(values.get(name));
    if (value === undefined) throw new Error(`The query gave no number for ${name} of ${dataset}.`);
    return value;
  };
  const counts = (prefix: string, length: number) =>
    values.has(`${prefix}0`) ? Array.from({ length }, (_, index) => number(`${prefix}${index}`)) : [];
  const columns = Object.entries(contracts[dataset].properties).map(([name, schema]): [string, ColumnProfile] => {
    const figure = (what: string) => optionalNumber(values.get(`${name}.${what}`));
    const text = (what: string) => values.get(`${name}.${what}`) ?? undefined;
    const few = fewValues(schema);
    return [
      name,
      {
        nulls: number(`${name}.nulls`),
        ...(few.length === 0
          ? {}
          : { values: Object.fromEntries(few.map((value) => [value, number(`${name}=${value}`)])) }),
        ...defined({
          distinct: figure("distinct"),
          mean: figure("mean"),
          deviation: figure("deviation"),
          most: figure("most"),
          first: text("first"),
          last: text("last"),
          shortest: figure("shortest"),
          longest: figure("longest"),
          length: figure("length"),
          ends: values.has(`${name}.end0`) ? counts(`${name}.end`, DEFAULTS.ends) : undefined,
        }),
      },
    ];
  });
  return {
    rows: number("rows"),
    repeated: number("repeated"),
    hours: counts("hour", 24),
    days: counts("day", DEFAULTS.days),
    columns: Object.fromEntries(columns),
  };
}

function eventMeasures(name: string, schema: ColumnSchema | undefined, date: string): Measure[] {
  const field = quoted(name);
  const hours = schema?.["x-type"] === "timestamp" ? Array.from({ length: 24 }, (_, hour) => hour) : [];
  const days = Array.from({ length: DEFAULTS.days }, (_, day) => day);
  return [
    ...hours.map((hour) => ({ name: `hour${hour}`, sql: countWhere(`hour(${field}) = ${hour}`) })),
    ...days.map((day) => ({
      name: `day${day}`,
      sql: countWhere(`CAST(${field} AS date) = DATE ${literal(daysBefore(date, day))}`),
    })),
  ];
}

function columnMeasures(name: string, schema: ColumnSchema): Measure[] {
  const field = quoted(name);
  const of = (what: string, sql: string): Measure => ({ name: `${name}.${what}`, sql });
  const number = `CAST(${field} AS double)`;
  return [
    of("nulls", countWhere(`${field} IS NULL`)),
    ...(isShort(schema) ? [of("distinct", `count(DISTINCT ${field})`)] : []),
    ...fewValues(schema).map((value) => ({
      name: `${name}=${value}`,
      sql: countWhere(`${field} = ${schema["x-type"] === "boolean" ? value : literal(value)}`),
    })),
    ...(isNumber(schema)
      ? [of("mean", `avg(${number})`), of("deviation", `stddev_pop(${number})`), of("most", `max(${number})`)]
      : []),
    ...(isText(schema)
      ? [
          of("first", `min(substr(${field}, 1, 1))`),
          of("last", `max(substr(${field}, 1, 1))`),
          of("shortest", `min(length(${field}))`),
          of("longest", `max(length(${field}))`),
          of("length", `avg(CAST(length(${field}) AS double))`),
        ]
      : []),
    ...(isText(schema) && isShort(schema) ? endMeasures(name) : []),
  ];
}

function endMeasures(name: string): Measure[] {
  // codepoint takes no text that is empty, or that may be longer than a character.
  const last = `codepoint(CAST(nullif(substr(${quoted(name)}, -1), '') AS varchar(1)))`;
  return Array.from({ length: DEFAULTS.ends }, (_, end) => ({
    name: `${name}.end${end}`,
    sql: countWhere(`${last} % ${DEFAULTS.ends} = ${end}`),
  }));
}

/** The values of a column that can have only a few. */
function fewValues(schema: ColumnSchema): string[] {
  if (schema["x-type"] === "boolean") return ["true", "false"];
  return (schema.enum ?? []).filter((value) => value !== null);
}

/** Whether a column holds numbers. */
export function isNumber(schema: ColumnSchema): boolean {
  return /^(int|bigint|double|decimal)/.test(schema["x-type"]);
}

function isText(schema: ColumnSchema): boolean {
  return schema["x-type"] === "string" && schema.enum === undefined;
}

function isShort(schema: ColumnSchema): boolean {
  return !isText(schema) || (schema.maxLength ?? Number.POSITIVE_INFINITY) <= DEFAULTS.comparedLength;
}

/** A day, so many before another. */
export function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

/** Not count_if: that may be null where there is nothing to count. */
export function countWhere(condition: string): string {
  return `count(*) FILTER (WHERE ${condition})`;
}

function optionalNumber(value: string | null | undefined): number | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Error(`The query gave ${JSON.stringify(value)} where a number is expected.`);
  return number;
}

function defined<T extends object>(values: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  // Entries that are undefined are left out, which the type says.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
