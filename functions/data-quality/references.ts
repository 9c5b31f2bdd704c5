import { contracts, type Dataset, isDataset } from "../../contracts";
import { literal, quoted } from "../lib/athena";
import { type Judgement, SAMPLES, type Severity } from "./checks";

/** A check of a dataset's rows against the rows of another that they refer to. */
export interface Lookup {
  readonly id: string;
  readonly description: string;
  readonly severity: Severity;
  readonly target: Dataset;
  /** The query that finds the offending rows of a batch date. */
  query(from: TableVersion, to: TableVersion, date: string): string;
  /** Judges what the query gave: no row is what is hoped for. */
  judge(rows: Answer): Judgement;
}

/** A table as of a snapshot; without one, as it is published. */
export interface TableVersion {
  readonly table: string;
  readonly snapshot?: string;
}

type Answer = readonly Readonly<Record<string, string | null>>[];

/** A column whose values are keys of another dataset (`x-references`). */
interface Reference {
  readonly column: string;
  readonly target: Dataset;
  readonly targetColumn: string;
}

/**
 * The checks that a dataset's contract asks for with `x-references` and `x-near`. An order for a product that is not in the catalogue
 * yet, or that costs something else, is still an order: they warn.
 */
export function lookupsOf(dataset: Dataset): Lookup[] {
  const references = referencesOf(dataset);
  return [
    ...references.map((reference) => existence(dataset, reference)),
    ...Object.entries(contracts[dataset].properties).flatMap(([column, { "x-near": near }]) => {
      if (near === undefined) return [];
      const { target, column: other } = placeOf(near.column, `${dataset}.${column}`);
      const reference = references.find((one) => one.target === target);
      if (reference === undefined) {
        throw new Error(
          `contracts: ${dataset}.${column} is near ${near.column}, but no column of it refers to ${target}.`,
        );
      }
      return [nearness(dataset, column, reference, other, near.factor)];
    }),
  ];
}

function referencesOf(dataset: Dataset): Reference[] {
  return Object.entries(contracts[dataset].properties).flatMap(([column, { "x-references": reference }]) => {
    if (reference === undefined) return [];
    const { target, column: targetColumn } = placeOf(reference, `${dataset}.${column}`);
    return [{ column, target, targetColumn }];
  });
}

function placeOf(place: string, from: string): { target: Dataset; column: string } {
  const [target, column] = place.split(".");
  if (!isDataset(target) || column === undefined) {
    throw new Error(`contracts: ${from} refers to "${place}", which is no column of a dataset.`);
  }
  return { target, column };
}

/** Counts the rows whose reference leads nowhere, and gives the keys with the most of them. */
function existence(dataset: Dataset, { column, target, targetColumn }: Reference): Lookup {
  return {
    id: `${dataset}.${column}.references`,
    description: `Every ${column} is a ${targetColumn} of ${target}.`,
    severity: "warn",
    target,
    query: (from, to, date) => `SELECT f.key AS key, f.n AS n, sum(f.n) OVER () AS total
FROM (
  SELECT ${quoted(column)} AS key, count(*) AS n
  FROM ${versioned(from)}
  WHERE source_date = DATE ${literal(date)} AND ${quoted(column)} IS NOT NULL
  GROUP BY 1
) f
LEFT JOIN (SELECT DISTINCT ${quoted(targetColumn)} AS key FROM ${versioned(to)}) t ON f.key = t.key
WHERE t.key IS NULL
ORDER BY 2 DESC, 1
LIMIT ${SAMPLES}`,
    judge: (rows) => judged(rows, isPersonal(dataset, column) ? undefined : ({ key, n }) => `${key} (${n})`),
  };
}

/** Counts the rows whose figure is many times, or a fraction of, that of what they refer to. */
function nearness(dataset: Dataset, column: string, reference: Reference, other: string, factor: number): Lookup {
  const [key = ""] = contracts[dataset]["x-key"];
  const { target, targetColumn } = reference;
  return {
    id: `${dataset}.${column}.near`,
    description: `${column} is within a factor of ${factor} of the newest ${other} of ${target}.`,
    severity: "warn",
    target,
    query: (from, to, date) => `SELECT f.key AS key, f.figure AS figure, t.figure AS usual, count(*) OVER () AS total
FROM (
  SELECT ${quoted(key)} AS key, ${quoted(reference.column)} AS ref, ${quoted(column)} AS figure
  FROM ${versioned(from)}
  WHERE source_date = DATE ${literal(date)}
) f
JOIN (
  SELECT ${quoted(targetColumn)} AS ref, max_by(${quoted(other)}, source_date) AS figure
  FROM ${versioned(to)}
  GROUP BY 1
) t ON f.ref = t.ref
WHERE f.figure > t.figure * ${factor} OR f.figure * ${factor} < t.figure
ORDER BY 1
LIMIT ${SAMPLES}`,
    judge: (rows) =>
      judged(
        rows,
        isPersonal(dataset, key) ? undefined : (row) => `${row.key} (${row.figure} instead of ${row.usual})`,
      ),
  };
}

function isPersonal(dataset: Dataset, column: string): boolean {
  return contracts[dataset].properties[column]?.["x-pii"] !== undefined;
}

/** @param name how a row is named; undefined where that would name a person */
function judged(rows: Answer, name?: (row: Answer[number]) => string): Judgement {
  const total = rows[0]?.total ?? "0";
  const among = name === undefined ? "" : `, among them ${rows.map(name).join(", ")}`;
  return {
    passed: total === "0",
    observed: total === "0" ? "0" : `${total} rows${among}`,
    expected: "0",
    value: Number(total),
  };
}

function versioned({ table, snapshot }: TableVersion): string {
  return snapshot === undefined ? table : `${table} FOR VERSION AS OF ${snapshot}`;
}
