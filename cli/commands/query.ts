import { DEFAULTS } from "../../functions/lib/athena";
import { orInterrupted } from "../lib/interrupt";
import { kpiValue, runNamedQuery } from "../lib/kpis";
import { findLake } from "../lib/lake";
import { count, duration, right, table } from "../lib/table";

export interface QueryOptions {
  readonly env: string;
  /** Read the tables even where there is a result of the last 24 hours. */
  readonly fresh: boolean;
  readonly csv: boolean;
  readonly json: boolean;
}

type Rows = readonly Readonly<Record<string, string | null>>[];

/** `pipeline query`: a named query on the curated tables, as a table, as CSV or as JSON. */
export async function pipelineQuery(
  { env, fresh, csv, json }: QueryOptions,
  name: string,
  parameters: readonly string[],
): Promise<void> {
  const lake = await findLake(env);
  const result = await orInterrupted(runNamedQuery(lake, name, parameters, fresh ? undefined : DEFAULTS.reuseMinutes));
  const { rows, bytesScanned, milliseconds, reused } = result;
  if (json) {
    console.log(
      JSON.stringify(
        rows.map((row) => mapped(row, kpiValue)),
        null,
        2,
      ),
    );
  } else if (csv) {
    process.stdout.write(csvText(rows));
  } else {
    const cost = reused ? "an earlier result; --fresh reads the tables" : `${count(bytesScanned)} bytes read`;
    console.log(
      [...tableLines(rows), "", `  ${count(rows.length)} rows, ${duration(milliseconds / 1000)}, ${cost}`].join("\n"),
    );
  }
}

function mapped<T>(row: Rows[number], change: (value: string | null) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, change(value)]));
}

/** @returns rows as a table: columns of numbers to the right */
export function tableLines(rows: Rows): string[] {
  const [first] = rows;
  if (first === undefined) return ["  No rows."];
  const names = Object.keys(first);
  const isNumber = (column: string) => rows.every((row) => row[column] === null || !Number.isNaN(Number(row[column])));
  return table(
    names.map((title) => (isNumber(title) ? right(title) : { title })),
    rows.map((row) => names.map((column) => row[column] ?? "–")),
  );
}

/** @returns rows as CSV (RFC 4180, lines ending in LF): nulls are empty, empty texts are `""`; nothing where there are none */
export function csvText(rows: Rows): string {
  const [first] = rows;
  if (first === undefined) return "";
  const names = Object.keys(first);
  const line = (values: readonly (string | null)[]) => `${values.map(csvValue).join(",")}\n`;
  return [names, ...rows.map((row) => names.map((name) => row[name] ?? null))].map(line).join("");
}

function csvValue(value: string | null): string {
  if (value === null) return "";
  return value === "" || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
