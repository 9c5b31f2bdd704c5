import type { Dataset } from "../../contracts";
import { DEFAULTS, type QueryResult, type QueryRunner, quoted } from "../lib/athena";
import type { RunContext } from "../lib/event";
import { type JobReport, NO_ROWS, type RowCounts, readJobReport } from "../lib/job-report";
import type { LakeObjects } from "../lib/lake-objects";
import { historyKey, runKey } from "../lib/lake-paths";
import type { Logger } from "../lib/logger";
import { byDataset, countFiles, type Manifest } from "../lib/manifest";
import type { Metrics } from "../lib/metrics";
import { printable } from "../lib/printable";
import type { RunLedger } from "../lib/run-ledger";
import { checkLines } from "./check-rows";
import { type Check, compileChecks, type Judgement, offendersQuery, scanQuery } from "./checks";
import { driftOf, type Schema } from "./drift";
import { type History, readHistory } from "./history";
import { renderHtml, type Trends } from "./html";
import { renderJUnit } from "./junit";
import { figuresOf, figuresOfRun } from "./metrics";
import { type Profile, profileMeasures, readProfile } from "./profile";
import { type Lookup, lookupsOf, type TableVersion } from "./references";
import type { CheckResult, QualityReport, QueryCost, Verdict } from "./report";
import { failedChecks, verdictOf, weigh } from "./verdict";

export interface DataQualityEvent extends RunContext {
  /** Key of the manifest. */
  readonly manifest: string;
  readonly withFiles: readonly Dataset[];
  /** Ids of warnings that count as errors in this run; `*` for all. @default none */
  readonly promote?: readonly string[];
}

export interface DataQualityResult {
  readonly verdict: Verdict;
  readonly report: string;
  readonly failed: readonly string[];
  /** What was found of the gravest, in words. */
  readonly worst: readonly string[];
  readonly rows: Readonly<Record<Dataset, RowCounts>>;
}

export interface DataQualityClients {
  /** Names of the databases. */
  readonly databases: { readonly raw: string; readonly processed: string };
  readonly athena: QueryRunner;
  readonly objects: LakeObjects;
  readonly runs: RunLedger;
  /** The columns of a table in the catalog and their types, undefined where there is no table. */
  readonly columnsOf: (database: string, table: string) => Promise<Schema | undefined>;
  readonly logger: Logger;
}

export interface Measured {
  /** Takes the figures of the run and of the datasets that were checked. */
  readonly metrics: Metrics;
}

/** What a query's checks came to; no query where it could not be run. */
interface Outcome {
  readonly dataset: Dataset;
  readonly checks: readonly CheckResult[];
  readonly query?: QueryCost;
  readonly profile?: Profile;
  readonly schema?: Schema;
}

/** Check ids that the result names. */
const MOST_FAILED = 10;
/** Checks that it tells about, and characters that it spends on each. */
const MOST_TOLD = 3;
const MAX_TOLD = 300;
/** Characters of a key that a finding names. */
const MAX_KEY = 80;

/** A dataset of the run, and what its job left. */
interface Subject {
  readonly dataset: Dataset;
  readonly report: JobReport;
  readonly version: TableVersion & { readonly snapshot: string };
}

/**
 * Checks the tables that the run's jobs wrote to their branches, before anything is published, and keeps the report in the lake.
 *
 * @throws where S3, DynamoDB or the manifest fail: nothing is known then.
 */
export async function checkDataQuality(
  event: DataQualityEvent,
  clients: DataQualityClients & Measured,
): Promise<DataQualityResult> {
  const { objects, logger, metrics } = clients;
  const { report, trends } = await computeReport(event, clients);
  const { verdict, checks, rows } = report;
  const key = runKey(event, "quality.json");
  await objects.writeJson(key, report);
  await objects.writeText(runKey(event, "quality.html"), renderHtml(report, trends), "text/html; charset=utf-8");
  await objects.writeText(runKey(event, "quality.xml"), renderJUnit(report), "application/xml; charset=utf-8");
  await objects.writeText(historyKey("data_quality_checks", event), checkLines(report), "application/x-ndjson");
  for (const dataset of event.withFiles) metrics.of("Dataset", dataset, figuresOf(dataset, report));
  metrics.ofEnvironment(figuresOfRun(report));
  const failed = failedChecks(checks);
  logger.info("data quality checked", { verdict, checks: checks.length, failed });
  return {
    verdict,
    report: key,
    failed: failed.slice(0, MOST_FAILED).map((check) => check.id),
    worst: failed.slice(0, MOST_TOLD).map(told),
    rows,
  };
}

/**
 * Checks the tables at the snapshots that a run's jobs left, and writes nothing. A check that cannot be computed counts as failed: the
 * gate opens on what is known to be good only.
 *
 * @throws where S3, DynamoDB or the manifest fail.
 */
export async function computeReport(
  event: DataQualityEvent,
  clients: DataQualityClients,
): Promise<{ readonly report: QualityReport; readonly trends: Trends }> {
  const { run, date, processingTime, withFiles, promote = [] } = event;
  const { objects, logger } = clients;
  const found = await Promise.all(
    withFiles.map((dataset) => findSubject(dataset, event, clients.databases.processed, objects)),
  );
  const subjects = found.filter((subject) => "version" in subject);
  const unwritten = found.filter((subject) => "status" in subject);
  const history = await readHistory(await clients.runs.succeeded(), date, objects, logger);
  const outcomes = await examine(subjects, event, history, clients);
  const checks = weigh([...unwritten, ...outcomes.flatMap((outcome) => outcome.checks)], date, promote);
  const report: QualityReport = {
    version: 1,
    run,
    date,
    processingTime,
    verdict: verdictOf(checks),
    rows: byDataset((dataset) => subjects.find((subject) => subject.dataset === dataset)?.report.rows ?? NO_ROWS),
    checks,
    profiles: present(outcomes, ({ profile }) => profile),
    schemas: present(outcomes, ({ schema }) => schema),
    computed: Object.fromEntries(subjects.map(({ dataset, report: { computed } }) => [dataset, computed])),
    history: Object.fromEntries(withFiles.map((dataset) => [dataset, history.of(dataset).map((past) => past.date)])),
    queries: outcomes.flatMap((outcome) => outcome.query ?? []),
  };
  return { report, trends: history.trends };
}

/** A check that did not pass, in a line. */
function told({ id, status, reason, observed, expected }: CheckResult): string {
  return printable(
    status === "error" ? `${id} could not be computed: ${reason}` : `${id}: ${observed}, expected ${expected}`,
    MAX_TOLD,
  );
}

/** Runs every query of the checks, all at the same time. */
async function examine(
  subjects: readonly Subject[],
  event: DataQualityEvent,
  history: History,
  clients: DataQualityClients,
): Promise<Outcome[]> {
  const files = countFiles(await readManifest(clients.objects, event.manifest));
  const scans = subjects.map((subject) => {
    const { dataset, report } = subject;
    const checks = compileChecks(dataset, { ...event, counts: report.rows, manifestRows: files[dataset].rows });
    return scan(subject, checks, event.date, history, clients);
  });
  const follows = subjects.flatMap((subject) =>
    lookupsOf(subject.dataset).map((lookup) => follow(lookup, subject, subjects, event.date, clients)),
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

/** Takes all measures of a table in one query, judges them, and compares the rows as a whole with earlier ones. */
async function scan(
  subject: Subject,
  checks: readonly Check[],
  date: string,
  history: History,
  clients: DataQualityClients,
): Promise<Outcome> {
  const { dataset, version, report } = subject;
  const { athena, databases, columnsOf } = clients;
  const measures = profileMeasures(dataset, date);
  try {
    const sql = scanQuery(checks, measures, version.table, version.snapshot, date);
    // What a snapshot holds never changes: a step that is tried again need not read it again.
    const answer = await athena.query(sql, databases.processed, [], DEFAULTS.reuseMinutes);
    const values = answer.rows[0] ?? {};
    const judgements = await Promise.all(
      checks.map(async (check, index) => {
        const result = judged(check, dataset, () => check.judge(values[`m${index}`] ?? null));
        return result.status === "failed" ? named(result, await offenders(check, subject, date, clients)) : result;
      }),
    );
    const outcome = { dataset, query: costOf(dataset, answer) };
    try {
      const profile = readProfile(
        dataset,
        new Map(measures.map(({ name }, index) => [name, values[`p${index}`] ?? null])),
      );
      const schema = await columnsOf(databases.raw, dataset);
      if (schema === undefined) throw new Error(`There is no table ${databases.raw}.${dataset}: its crawler makes it.`);
      const { rows: counts, computed } = report;
      const drifts = driftOf(dataset, date, { profile, schema, counts, computed }, history.of(dataset));
      const results = drifts.map((drift) => judged(drift, dataset, () => drift));
      return { ...outcome, checks: [...judgements, ...results], profile, schema };
    } catch (error) {
      return { ...outcome, checks: [...judgements, notComputed(comparison(dataset), dataset, error)] };
    }
  } catch (error) {
    const results = checks.map((check) =>
      check.measure === undefined
        ? judged(check, dataset, () => check.judge(null))
        : notComputed(check, dataset, error),
    );
    return { dataset, checks: [...results, notComputed(comparison(dataset), dataset, error)] };
  }
}

/** Keys of some of the rows that failed a check; none where they cannot be told, for the verdict stands without them. */
async function offenders(
  check: Check,
  { dataset, version }: Subject,
  date: string,
  { athena, databases, logger }: DataQualityClients,
): Promise<string[]> {
  const sql = offendersQuery(dataset, check, version.table, version.snapshot, date);
  if (sql === undefined) return [];
  try {
    const { rows } = await athena.query(sql, databases.processed, [], DEFAULTS.reuseMinutes);
    return rows.flatMap(({ key }) => (key === null || key === undefined ? [] : [printable(key, MAX_KEY)]));
  } catch (error) {
    logger.warn("rows that failed a check cannot be named", { check: check.id, reason: String(error) });
    return [];
  }
}

function named(result: CheckResult, keys: readonly string[]): CheckResult {
  return keys.length === 0 ? result : { ...result, observed: `${result.observed}, among them ${keys.join("; ")}` };
}

/** What stands for all comparisons with earlier runs where none can be made. */
function comparison(dataset: Dataset): Described {
  return {
    id: `${dataset}.profile`,
    description: "The rows can be compared with those of earlier runs.",
    severity: "error",
  };
}

/** Looks for the rows of a table that do not fit those that they refer to. */
async function follow(
  lookup: Lookup,
  { dataset, version }: Subject,
  subjects: readonly Subject[],
  date: string,
  { athena, databases, columnsOf }: DataQualityClients,
): Promise<Outcome> {
  const { target } = lookup;
  try {
    // Where the run brings the target too, its rows are not published yet.
    const to = subjects.find((subject) => subject.dataset === target)?.version ?? {
      table: tableName(databases.processed, target),
    };
    if (!("snapshot" in to) && (await columnsOf(databases.processed, target)) === undefined) {
      return { dataset, checks: [] };
    }
    // What is published may change meanwhile.
    const reuseMinutes = "snapshot" in to ? DEFAULTS.reuseMinutes : undefined;
    const answer = await athena.query(lookup.query(version, to, date), databases.processed, [], reuseMinutes);
    return {
      dataset,
      checks: [judged(lookup, dataset, () => lookup.judge(answer.rows))],
      query: costOf(dataset, answer),
    };
  } catch (error) {
    return { dataset, checks: [notComputed(lookup, dataset, error)] };
  }
}

/** What outcomes have of something, by dataset. */
function present<T>(
  outcomes: readonly Outcome[],
  part: (outcome: Outcome) => T | undefined,
): Partial<Record<Dataset, T>> {
  return Object.fromEntries(
    outcomes.flatMap((outcome) => {
      const value = part(outcome);
      return value === undefined ? [] : [[outcome.dataset, value]];
    }),
  );
}

function costOf(dataset: Dataset, { bytesScanned, milliseconds }: QueryResult): QueryCost {
  return { dataset, bytesScanned, milliseconds };
}

type Described = Pick<CheckResult, "id" | "description" | "severity">;

function judged(check: Described, dataset: Dataset, judge: () => Judgement): CheckResult {
  const { id, description, severity } = check;
  try {
    const { passed, observed, expected, value, band } = judge();
    const status = passed ? "passed" : "failed";
    return {
      id,
      description,
      dataset,
      severity,
      status,
      observed,
      expected,
      ...(value === undefined ? {} : { value }),
      ...(band === undefined ? {} : { band }),
    };
  } catch (error) {
    return notComputed(check, dataset, error);
  }
}

function notComputed({ id, description, severity }: Described, dataset: Dataset, error: unknown): CheckResult {
  const reason = printable(error instanceof Error ? error.message : String(error), 1_000);
  return { id, description, dataset, severity, status: "error", reason };
}

function tableName(database: string, table: string): string {
  return `${quoted(database)}.${quoted(table)}`;
}
