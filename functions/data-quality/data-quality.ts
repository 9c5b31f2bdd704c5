import type { Dataset } from "../../contracts";
import { type QueryResult, type QueryRunner, quoted } from "../lib/athena";
import { type Item, member } from "../lib/dynamo";
import type { RunContext } from "../lib/event";
import { type JobReport, NO_ROWS, type RowCounts, readJobReport } from "../lib/job-report";
import type { LakeObjects } from "../lib/lake-objects";
import { runKey } from "../lib/lake-paths";
import type { Logger } from "../lib/logger";
import { byDataset, countFiles, type Manifest } from "../lib/manifest";
import { printable } from "../lib/printable";
import type { RunLedger } from "../lib/run-ledger";
import { type Check, compileChecks, scanQuery } from "./checks";
import { judgeReference, type Reference, referenceQuery, referencesOf, type TableVersion } from "./references";
import {
  type CheckResult,
  failedChecks,
  type QualityReport,
  type QueryCost,
  renderHtml,
  type Verdict,
  verdictOf,
} from "./report";

export interface DataQualityEvent extends RunContext {
  /** Key of the manifest. */
  readonly manifest: string;
  readonly withFiles: readonly Dataset[];
}

export interface DataQualityResult {
  readonly verdict: Verdict;
  readonly report: string;
  readonly failed: readonly string[];
  readonly rows: Readonly<Record<Dataset, RowCounts>>;
}

export interface DataQualityClients {
  readonly database: string;
  readonly athena: QueryRunner;
  readonly objects: LakeObjects;
  readonly runs: RunLedger;
  /** Whether a table is there at all. */
  readonly hasTable: (database: string, table: string) => Promise<boolean>;
  readonly logger: Logger;
}

/** What a query's checks came to; no query where it could not be run. */
interface Outcome {
  readonly checks: readonly CheckResult[];
  readonly query?: QueryCost;
}

/** Check ids that the result names. */
const MOST_FAILED = 10;

/** A dataset of the run, and what its job left. */
interface Subject {
  readonly dataset: Dataset;
  readonly report: JobReport;
  readonly version: TableVersion & { readonly snapshot: string };
}

/**
 * Checks the tables that the run's jobs wrote to their branches, before anything is published. A check that cannot be computed counts as
 * failed: the gate opens on what is known to be good only.
 *
 * @throws where S3, DynamoDB or the manifest fail: nothing is known then.
 */
export async function checkDataQuality(
  event: DataQualityEvent,
  clients: DataQualityClients,
): Promise<DataQualityResult> {
  const { run, date, processingTime, withFiles } = event;
  const { database, objects, logger } = clients;
  const found = await Promise.all(withFiles.map((dataset) => findSubject(dataset, event, database, objects)));
  const subjects = found.filter((subject) => "version" in subject);
  const unwritten = found.filter((subject) => "status" in subject);
  const outcomes = await examine(subjects, event, clients);
  const checks = [...unwritten, ...outcomes.flatMap((outcome) => outcome.checks)];
  const queries = outcomes.flatMap((outcome) => outcome.query ?? []);
  const rows = byDataset((dataset) => subjects.find((subject) => subject.dataset === dataset)?.report.rows ?? NO_ROWS);
  const verdict = verdictOf(checks);
  const report: QualityReport = { version: 1, run, date, processingTime, verdict, rows, checks, queries };
  const key = runKey(event, "quality.json");
  await objects.writeJson(key, report);
  await objects.writeText(runKey(event, "quality.html"), renderHtml(report), "text/html; charset=utf-8");
  const failed = failedChecks(checks);
  logger.info("data quality checked", { verdict, checks: checks.length, failed });
  return { verdict, report: key, failed: failed.slice(0, MOST_FAILED).map((check) => check.id), rows };
}

/** Runs every query of the checks, all at the same time. */
async function examine(
  subjects: readonly Subject[],
  event: DataQualityEvent,
  clients: DataQualityClients,
): Promise<Outcome[]> {
  const files = countFiles(await readManifest(clients.objects, event.manifest));
  const history = (await clients.runs.succeeded()).filter((run) => run.date !== event.date);
  const scans = subjects.map((subject) => {
    const checks = compileChecks(subject.dataset, {
      ...event,
      counts: subject.report.rows,
      manifestRows: files[subject.dataset].rows,
      history: recordsOf(history, subject.dataset),
    });
    return scan(subject, checks, event.date, clients);
  });
  const follows = subjects.flatMap((subject) =>
    referencesOf(subject.dataset).map((reference) => follow(reference, subject, subjects, event.date, clients)),
  );
  return Promise.all([...scans, ...follows]);
}

async function readManifest(objects: LakeObjects, key: string): Promise<Manifest> {
  const manifest = await objects.readJson(key);
  if (manifest === undefined) throw new Error(`There is no manifest ${key}: build-manifest writes it.`);
  // Written by build-manifest of this very deployment.
  return manifest as Manifest;
}

/** The table version that a dataset's job left, or the failed check that says why there is none. */
async function findSubject(
  dataset: Dataset,
  event: DataQualityEvent,
  database: string,
  objects: LakeObjects,
): Promise<Subject | CheckResult> {
  const name = `${database}.${dataset}`;
  try {
    const report = await readJobReport(objects, event, dataset);
    const snapshot = report?.snapshots[name];
    if (report === undefined) throw new Error("The job left no report.");
    if (snapshot === undefined) throw new Error(`The job's report names no snapshot of ${name}.`);
    return { dataset, report, version: { table: tableName(database, dataset), snapshot } };
  } catch (error) {
    const check = {
      id: `${dataset}.rows.written`,
      description: "The job wrote the table.",
      severity: "error" as const,
    };
    return notComputed(check, dataset, error);
  }
}

/** Takes all measures of a table in one query and judges them. */
async function scan(
  { dataset, version }: Subject,
  checks: readonly Check[],
  date: string,
  { athena, database }: DataQualityClients,
): Promise<Outcome> {
  try {
    const answer = await athena.query(scanQuery(checks, version.table, version.snapshot, date), database);
    const values = answer.rows[0] ?? {};
    return {
      checks: checks.map((check, index) => judged(check, dataset, () => check.judge(values[`m${index}`] ?? null))),
      query: costOf(dataset, answer),
    };
  } catch (error) {
    const results = checks.map((check) =>
      check.measure === undefined
        ? judged(check, dataset, () => check.judge(null))
        : notComputed(check, dataset, error),
    );
    return { checks: results };
  }
}

/** Looks for the rows of a table whose reference leads nowhere. */
async function follow(
  reference: Reference,
  { dataset, version }: Subject,
  subjects: readonly Subject[],
  date: string,
  { athena, database, hasTable }: DataQualityClients,
): Promise<Outcome> {
  const { target } = reference;
  try {
    // Where the run brings the target too, its rows are not published yet.
    const to = subjects.find((subject) => subject.dataset === target)?.version ?? {
      table: tableName(database, target),
    };
    if (!("snapshot" in to) && !(await hasTable(database, target))) return { checks: [] };
    const answer = await athena.query(referenceQuery(reference, version, to, date), database);
    return {
      checks: [judged(reference, dataset, () => judgeReference(answer.rows))],
      query: costOf(dataset, answer),
    };
  } catch (error) {
    return { checks: [notComputed(reference, dataset, error)] };
  }
}

function costOf(dataset: Dataset, { bytesScanned, milliseconds }: QueryResult): QueryCost {
  return { dataset, bytesScanned, milliseconds };
}

type Described = Pick<CheckResult, "id" | "description" | "severity">;

function judged(
  check: Described,
  dataset: Dataset,
  judge: () => Pick<CheckResult, "observed" | "expected"> & { passed: boolean },
): CheckResult {
  const { id, description, severity } = check;
  try {
    const { passed, ...rest } = judge();
    return { id, description, dataset, severity, status: passed ? "passed" : "failed", ...rest };
  } catch (error) {
    return notComputed(check, dataset, error);
  }
}

function notComputed({ id, description, severity }: Described, dataset: Dataset, error: unknown): CheckResult {
  const reason = printable(error instanceof Error ? error.message : String(error), 1_000);
  return { id, description, dataset, severity, status: "error", reason };
}

/** The records of a dataset in earlier runs, the newest run of each date, those without any left out. */
function recordsOf(runs: readonly Item[], dataset: Dataset): number[] {
  const byDate = new Map<string, number>();
  for (const run of runs) {
    const rows = member(run.rows, dataset);
    const count = member(rows, "in");
    if (typeof run.date === "string" && typeof count === "number" && count > 0 && !byDate.has(run.date)) {
      byDate.set(run.date, count);
    }
  }
  return [...byDate.values()];
}

function tableName(database: string, table: string): string {
  return `${quoted(database)}.${quoted(table)}`;
}
