import { contracts, type Dataset } from "../../contracts";
import type { RunContext } from "../lib/event";
import { NO_ROWS, type RowCounts, readJobReport } from "../lib/job-report";
import type { LakeObjects } from "../lib/lake-objects";
import { historyKey, runKey } from "../lib/lake-paths";
import { byDataset, type Manifest } from "../lib/manifest";
import type { Metrics } from "../lib/metrics";
import { printable } from "../lib/printable";
import { waiverFaults } from "./check-ids";
import { checkLines } from "./check-rows";
import { type DataQualityClients, examine, notComputed, type Outcome, type Subject, tableName } from "./examine";
import { readHistory } from "./history";
import { renderHtml, type Trends } from "./html";
import { renderJUnit } from "./junit";
import { figuresOf, figuresOfRun } from "./metrics";
import type { CheckResult, QualityReport, Verdict } from "./report";
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

export interface Measured {
  /** Takes the figures of the run and of the datasets that were checked. */
  readonly metrics: Metrics;
}

/** Check ids that the result names. */
const MOST_FAILED = 10;
/** Checks that it tells about, and characters that it spends on each. */
const MOST_TOLD = 3;
const MAX_TOLD = 300;

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
  const tables = await Promise.all(
    withFiles.map((dataset) => findSubject(dataset, event, clients.databases.processed, objects)),
  );
  const subjects = tables.filter((subject) => "version" in subject);
  const unwritten = tables.filter((subject) => "status" in subject);
  const history = await readHistory(await clients.runs.succeeded(), date, objects, logger);
  const manifest = await readManifest(objects, event.manifest);
  const outcomes = await examine(subjects, event, manifest, history, clients);
  const found = [...unwritten, ...outcomes.flatMap((outcome) => outcome.checks), ...withFiles.flatMap(judgedWaivers)];
  const checks = weigh(found, date, promote);
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

/** Whether the waivers of a dataset's contract name checks; nothing where it has none. */
function judgedWaivers(dataset: Dataset): CheckResult[] {
  if (contracts[dataset]["x-waivers"] === undefined) return [];
  const faults = waiverFaults(dataset);
  return [
    {
      id: `${dataset}.waivers`,
      description: "Every waiver of the contract names a check: one that names none waives nothing.",
      dataset,
      severity: "warn",
      status: faults.length === 0 ? "passed" : "failed",
      observed: faults.join("; ") || "0",
      expected: "0",
      value: faults.length,
    },
  ];
}

/** A check that did not pass, in a line. */
function told({ id, status, reason, observed, expected }: CheckResult): string {
  return printable(
    status === "error" ? `${id} could not be computed: ${reason}` : `${id}: ${observed}, expected ${expected}`,
    MAX_TOLD,
  );
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
