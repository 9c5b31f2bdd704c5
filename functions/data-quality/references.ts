import { contracts, type Dataset, isDataset } from "../../contracts";
import { literal, quoted } from "../lib/athena";
import type { Judgement, Severity } from "./checks";

/** A column whose values are keys of another dataset (`x-references`). */
export interface Reference {
  readonly id: string;
  readonly description: string;
  readonly severity: Severity;
  readonly column: string;
  readonly target: Dataset;
  readonly targetColumn: string;
}

/** A table as of a snapshot; without one, as it is published. */
export interface TableVersion {
  readonly table: string;
  readonly snapshot?: string;
}

/** Keys that a report names of those that lead nowhere. */
const SAMPLES = 5;

/** The references that a dataset's contract makes. An order for a product that is not in the catalogue yet is still an order: they warn. */
export function referencesOf(dataset: Dataset): Reference[] {
  return Object.entries(contracts[dataset].properties).flatMap(([column, schema]) => {
    const reference = schema["x-references"];
    if (reference === undefined) return [];
    const [target, targetColumn] = reference.split(".");
    if (!isDataset(target) || targetColumn === undefined) {
      throw new Error(`contracts: ${dataset}.${column} refers to "${reference}", which is no column of a dataset.`);
    }
    return [
      {
        id: `${dataset}.${column}.references`,
        description: `Every ${column} is a ${targetColumn} of ${target}.`,
        severity: "warn" as const,
        column,
        target,
        targetColumn,
      },
    ];
  });
}

/** Counts the rows whose reference leads nowhere, and gives the keys with the most of them. */
export function referenceQuery(reference: Reference, from: TableVersion, to: TableVersion, date: string): string {
  return `SELECT f.key AS key, f.n AS n, sum(f.n) OVER () AS total
FROM (
  SELECT ${quoted(reference.column)} AS key, count(*) AS n
  FROM ${versioned(from)}
  WHERE source_date = DATE ${literal(date)} AND ${quoted(reference.column)} IS NOT NULL
  GROUP BY 1
) f
LEFT JOIN (SELECT DISTINCT ${quoted(reference.targetColumn)} AS key FROM ${versioned(to)}) t ON f.key = t.key
WHERE t.key IS NULL
ORDER BY 2 DESC, 1
LIMIT ${SAMPLES}`;
}

/** Judges what the query gave: no row is what is hoped for. */
export function judgeReference(rows: readonly Readonly<Record<string, string | null>>[]): Judgement {
  const total = rows[0]?.total ?? "0";
  const keys = rows.map(({ key, n }) => `${key} (${n})`).join(", ");
  return {
    passed: total === "0",
    observed: total === "0" ? "0" : `${total} rows, most of them ${keys}`,
    expected: "0",
  };
}

function versioned({ table, snapshot }: TableVersion): string {
  return snapshot === undefined ? table : `${table} FOR VERSION AS OF ${snapshot}`;
}
