import { DATASETS, type Dataset, isDataset } from "../../contracts";
import type { RunContext } from "../lib/event";
import { type JobReport, NO_ROWS, readJobReport } from "../lib/job-report";
import type { LakeObjects } from "../lib/lake-objects";
import { runKey } from "../lib/lake-paths";
import type { Logger } from "../lib/logger";
import { byDataset, countFiles, type Manifest } from "../lib/manifest";
import type { Metrics } from "../lib/metrics";
import { printable } from "../lib/printable";
import type { RunLedger } from "../lib/run-ledger";
import { figuresOfRun } from "./metrics";
import {
  isGood,
  logCommand,
  messageOf,
  type RunFacts,
  type RunFailure,
  type RunStatus,
  secondsOf,
  subjectOf,
} from "./summary";

export interface SummarizeRunEvent extends RunContext {
  readonly trigger?: string;
  readonly status: RunStatus;
  /** What data-quality gave. */
  readonly quality?: unknown;
  /** The tables that refresh-tables gave. */
  readonly tables?: unknown;
  /** What stopped the run: `{step, error, cause}`. */
  readonly error?: unknown;
  /** Datasets that failed alone: a list of `{dataset, step, error, cause}`. */
  readonly failures?: unknown;
}

/** The output of the execution. */
export type RunOutput = Pick<RunFacts, "status" | "date" | "run" | "files" | "rows" | "tables" | "failures"> & {
  readonly quality: RunFacts["quality"] | null;
  readonly failure: RunFailure | null;
  readonly excluded: RunFacts["excluded"];
  readonly seconds: number;
  readonly summary: string;
};

export interface SummarizeRunResult {
  readonly subject: string;
  readonly message: string;
  readonly summary: string;
  readonly output: RunOutput;
}

export interface SummarizeRunClients {
  readonly environment: string;
  readonly objects: LakeObjects;
  readonly runs: RunLedger;
  readonly now: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Excluded files that the output names: an execution's output holds 256 KiB. The summary has all. */
const MOST_EXCLUDED = 50;
const MAX_CAUSE = 1_000;
const MAX_ACTION = 300;

/**
 * Tells how a run went: to people as a message, to programs as the execution's output and `summary.json`, to later runs in the run ledger.
 * It also speaks for runs that failed, so whatever of their traces is missing or damaged is told as nothing.
 */
export async function summarizeRun(
  event: SummarizeRunEvent,
  clients: SummarizeRunClients,
): Promise<SummarizeRunResult> {
  const { environment, runs, objects, now, logger, metrics } = clients;
  const facts = await collect(event, new Date(now()).toISOString(), environment, clients);
  const summary = runKey(event, "summary.json");
  const seconds = secondsOf(facts);
  await objects.writeJson(summary, { version: 1, ...facts, seconds });
  await runs.record(event.date, event.run, {
    trigger: facts.trigger,
    state: facts.status,
    started_at: facts.processingTime,
    ended_at: facts.endedAt,
    seconds,
    files: copy(facts.files),
    bytes: facts.bytes,
    rows: copy(facts.rows),
    quality: facts.quality?.verdict,
    summary,
    failed_step: facts.failure?.step,
    error: facts.failure?.error,
    cause: facts.failure?.cause,
    log: facts.failure === undefined ? undefined : logCommand(facts),
    failures: facts.failures.length === 0 ? undefined : facts.failures.map((failure) => ({ ...failure })),
  });
  logger.info(`run ${facts.status.toLowerCase()}`, {
    seconds,
    files: facts.files,
    rows: facts.rows,
    failure: facts.failure,
    failures: facts.failures,
  });
  // Of all other ends `close-run` hears, whoever told of them.
  if (isGood(facts.status)) {
    // That the usual is not known is no reason not to say how this run went.
    const past = await runs.succeeded().catch((error) => {
      logger.warn("earlier runs cannot be read", { reason: String(error) });
      return [];
    });
    metrics.ofEnvironment(figuresOfRun(facts, past));
    for (const [job, taken] of Object.entries(facts.jobSeconds)) metrics.of("Job", job, { JobSeconds: taken });
  }
  const { status, date, run, files, rows, quality = null, failure = null, failures, tables } = facts;
  const excluded = facts.excluded.slice(0, MOST_EXCLUDED);
  return {
    subject: subjectOf(facts),
    message: messageOf(facts),
    summary,
    output: { status, date, run, files, rows, quality, tables, failure, failures, excluded, seconds, summary },
  };
}

async function collect(
  event: SummarizeRunEvent,
  endedAt: string,
  environment: string,
  { objects, logger }: SummarizeRunClients,
): Promise<RunFacts> {
  const { run, date, processingTime, status, trigger = "unknown" } = event;
  const lenient = <T>(what: string, reading: Promise<T>): Promise<T | undefined> =>
    reading.catch((error) => {
      logger.warn(`${what} cannot be read`, { reason: String(error) });
      return undefined;
    });
  // Written by build-manifest of this very deployment.
  const manifest = (await lenient("manifest", objects.readJson(runKey(event, "manifest.json")))) as
    | Manifest
    | undefined;
  const counts = manifest === undefined ? undefined : countFiles(manifest);
  const reports: (JobReport | undefined)[] = await Promise.all(
    DATASETS.map((dataset) => lenient(`report of ${dataset}`, readJobReport(objects, event, dataset))),
  );
  const reportOf = (dataset: Dataset) => reports[DATASETS.indexOf(dataset)];
  // A run that is redriven only to sum it up has been told of its checks before.
  const quality =
    readQuality(event.quality, objects) ??
    (isGood(status)
      ? ofReport(await lenient("quality report", objects.readJson(runKey(event, "quality.json"))), event, objects)
      : undefined);
  const failure = readFailure(event.error);
  const merge = await lenient("report of the merge", objects.readJson(runKey(event, MERGE_REPORT)));
  return {
    environment,
    run,
    date,
    processingTime,
    endedAt,
    trigger,
    status,
    files: byDataset((dataset) => {
      const { accepted = 0, duplicate = 0, rejected = 0 } = counts?.[dataset] ?? {};
      return { accepted, duplicate, rejected };
    }),
    excluded: DATASETS.flatMap((dataset) =>
      (manifest?.datasets[dataset]?.excluded ?? []).map((file) => ({
        dataset,
        ...file,
        key: printable(file.key, 300),
      })),
    ),
    bytes: DATASETS.reduce((sum, dataset) => sum + (counts?.[dataset].bytes ?? 0), 0),
    rows: byDataset((dataset) => reportOf(dataset)?.rows ?? NO_ROWS),
    reasons: byDataset((dataset) => reportOf(dataset)?.reasons ?? {}),
    jobSeconds: Object.fromEntries(
      reports.flatMap((report) => (report === undefined ? [] : [[report.job, report.seconds]])),
    ),
    tables: readTables(event.tables),
    merged: merge !== undefined,
    ...(quality === undefined ? {} : { quality }),
    ...(isGood(status) && failure === undefined ? {} : { failure: failure ?? UNKNOWN_FAILURE }),
    failures: readFailures(event.failures),
  };
}

/** @see docs/architecture.md, "Jobs" */
const MERGE_REPORT = "jobs/master_data_merge.json";

const UNKNOWN_FAILURE: RunFailure = { step: "unknown", error: "unknown", cause: "The state machine gave no error." };

function readQuality(value: unknown, objects: LakeObjects): RunFacts["quality"] {
  if (!isObject(value) || typeof value.verdict !== "string" || typeof value.report !== "string") return undefined;
  const texts = (list: unknown, max: number) =>
    Array.isArray(list) ? list.map((text) => printable(String(text), max)) : [];
  const { verdict, report, failed, worst } = value;
  return { verdict, report, page: pageOf(report, objects), failed: texts(failed, 80), worst: texts(worst, 300) };
}

/** The same of the report that data-quality wrote; what was found stands there. */
function ofReport(report: unknown, run: RunContext, objects: LakeObjects): RunFacts["quality"] {
  if (!isObject(report) || typeof report.verdict !== "string" || !Array.isArray(report.checks)) return undefined;
  const failed = report.checks.filter(isObject).filter(({ status }) => status === "failed" || status === "error");
  const key = runKey(run, "quality.json");
  return {
    verdict: report.verdict,
    report: key,
    page: pageOf(key, objects),
    failed: failed.map(({ id }) => printable(String(id))),
    worst: [],
  };
}

/** The page lies beside the report. */
function pageOf(report: string, objects: LakeObjects): string {
  return objects.link(report.replace(/\.json$/, ".html"));
}

function readTables(value: unknown): RunFacts["tables"] {
  const tables = Array.isArray(value) ? value.filter(isObject) : [];
  return tables.map(({ table, rows, actions }) => ({
    table: String(table),
    rows: Number(rows),
    actions: Array.isArray(actions) ? actions.map((action) => printable(String(action), MAX_ACTION)) : [],
  }));
}

function readFailures(value: unknown): RunFacts["failures"] {
  const failures = Array.isArray(value) ? value : [];
  return failures.flatMap((one: unknown) => {
    const failure = readFailure(one);
    return isObject(one) && isDataset(one.dataset) && failure !== undefined
      ? [{ dataset: one.dataset, ...failure }]
      : [];
  });
}

function readFailure(value: unknown): RunFailure | undefined {
  if (!isObject(value)) return undefined;
  return {
    step: printable(String(value.step ?? "unknown")),
    error: printable(String(value.error ?? "unknown"), 200),
    cause: printable(readCause(value.cause), MAX_CAUSE),
  };
}

/** The sentence in a cause: Lambda and Glue wrap theirs into JSON. */
function readCause(cause: unknown): string {
  if (typeof cause !== "string") return cause === undefined ? "No cause was given." : JSON.stringify(cause);
  try {
    const parsed: unknown = JSON.parse(cause);
    const sentence = isObject(parsed) ? (parsed.errorMessage ?? parsed.ErrorMessage) : undefined;
    return typeof sentence === "string" ? sentence : cause;
  } catch {
    return cause;
  }
}

/** Plain maps, as an item holds them: interfaces have no index signature. */
function copy<T extends object>(counts: Readonly<Record<Dataset, T>>): Record<string, Record<string, number>> {
  return Object.fromEntries(
    Object.entries(counts).map(([dataset, values]) => [
      dataset,
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)])),
    ]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
