import type { Dataset } from "../../contracts";
import type { RunContext } from "./event";
import type { LakeObjects } from "./lake-objects";
import { JOB_OF, runKey } from "./lake-paths";

/** What became of the records that a job read: in = out + quarantined + duplicates. */
export interface RowCounts {
  readonly in: number;
  readonly out: number;
  readonly quarantined: number;
  readonly duplicates: number;
}

/** What a job did, as docs/architecture.md ("Jobs") says. */
export interface JobReport {
  readonly job: string;
  readonly rows: RowCounts;
  /** Records put into quarantine, by rule. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Values that the job had to compute because they were missing or off, by column. */
  readonly computed: Readonly<Record<string, number>>;
  /** Table to the snapshot that the job left on the run's branch. */
  readonly snapshots: Readonly<Record<string, string>>;
  readonly seconds: number;
}

export const NO_ROWS: RowCounts = Object.freeze({ in: 0, out: 0, quarantined: 0, duplicates: 0 });

/**
 * Reads the report of the job that processed a dataset.
 *
 * @returns undefined where there is none.
 * @throws Error where it is not what a job writes.
 */
export async function readJobReport(
  objects: LakeObjects,
  run: Pick<RunContext, "run" | "date">,
  dataset: Dataset,
): Promise<JobReport | undefined> {
  const key = runKey(run, `jobs/${JOB_OF[dataset]}.json`);
  const report = await objects.readJson(key);
  return report === undefined ? undefined : parseJobReport(report, key);
}

/** @throws Error where a value is not what a job reports. */
export function parseJobReport(value: unknown, key: string): JobReport {
  const report = object(value, key);
  const rows = object(report.rows, `${key}: rows`);
  const tables = Array.isArray(report.tables) ? report.tables.map((table) => object(table, `${key}: tables`)) : [];
  return {
    job: String(report.job),
    rows: {
      in: number(rows.in, `${key}: rows.in`),
      out: number(rows.out, `${key}: rows.out`),
      quarantined: number(rows.quarantined, `${key}: rows.quarantined`),
      duplicates: number(rows.duplicates, `${key}: rows.duplicates`),
    },
    reasons: counts(report.reasons ?? {}, `${key}: reasons`),
    computed: counts(report.computed ?? {}, `${key}: computed`),
    snapshots: Object.fromEntries(
      tables.map(({ table, snapshot }) => {
        if (typeof table !== "string" || typeof snapshot !== "string" || !/^\d+$/.test(snapshot)) {
          throw new Error(`${key}: a table's snapshot is ${JSON.stringify(snapshot)}; a number as text is expected.`);
        }
        return [table, snapshot];
      }),
    ),
    seconds: number(report.seconds ?? 0, `${key}: seconds`),
  };
}

function counts(value: unknown, where: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(object(value, where)).map(([name, count]) => [name, number(count, `${where}.${name}`)]),
  );
}

function object(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${where} is ${JSON.stringify(value)?.slice(0, 80)}; an object is expected.`);
  }
  return { ...value };
}

function number(value: unknown, where: string): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
    throw new Error(`${where} is ${JSON.stringify(value)?.slice(0, 80)}; a number from 0 is expected.`);
  }
  return value;
}
