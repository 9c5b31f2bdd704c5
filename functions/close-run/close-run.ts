import type { DescribeExecutionOutput, HistoryEvent } from "@aws-sdk/client-sfn";
import { contracts, DATASETS } from "../../contracts";
import type { RunError } from "../../modules/orchestration/run-steps";
import type { Item } from "../lib/dynamo";
import type { LakeObjects } from "../lib/lake-objects";
import { historyKey, runKey } from "../lib/lake-paths";
import type { Logger } from "../lib/logger";
import type { Figures, Metrics } from "../lib/metrics";
import { dateOf, redrivenRun } from "../lib/run-date";
import type { RunLedger } from "../lib/run-ledger";
import { startedJobs } from "../lib/started-jobs";
import { summarizeRun } from "../summarize-run/summarize-run";
import { isGood, type RunStatus } from "../summarize-run/summary";
import { accountOf } from "./account";
import { type Announcement, announcementOf, type EndedRun, readFacts } from "./announcement";
import { type Executions, lastStep } from "./executions";
import type { JobRuns } from "./job-runs";
import { runRows } from "./run-rows";

/** The ends that a run may not have told of itself. */
const ENDS = ["FAILED", "TIMED_OUT", "ABORTED"] as const satisfies readonly RunStatus[];
type End = (typeof ENDS)[number];

/** Events of one run's end go to whoever listens at least once, in the order of its ends. */
type Announce = (announcement: Announcement, executionArn: string) => Promise<void>;

/** What is said of an end for which Step Functions gives no reason. */
const REASONS: Readonly<Record<End, { readonly error: string; readonly cause: string }>> = {
  FAILED: { error: "unknown", cause: "The state machine gave no error." },
  TIMED_OUT: { error: "States.Timeout", cause: "The run took longer than a run may take, and was ended." },
  ABORTED: { error: "Aborted", cause: "Somebody stopped the run." },
};

/** Errors by which a run ends that found its date held, and one whose data did not pass. */
const HELD: RunError = "RunInProgress";
const REJECTED: RunError = "DataQualityFailed";

export interface CloseRunClients {
  readonly environment: string;
  readonly executions: Pick<Executions, "describe" | "history">;
  readonly jobs: Pick<JobRuns, "usage">;
  /** Version of the deployed code. */
  readonly codeVersion: string;
  readonly runs: RunLedger;
  readonly objects: LakeObjects;
  readonly publish: (message: { readonly subject: string; readonly message: string }) => Promise<void>;
  /** Puts an event on the lake's bus. */
  readonly announce: Announce;
  readonly now: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface CloseRunResult {
  readonly run: string;
  /** `closed`: now. `told`: the run had told of its end itself. `ignored`: it is not over, or none that began. */
  readonly outcome: "closed" | "told" | "ignored";
  /** The event that says so to programs; none where it is not over. */
  readonly event?: Announcement["detailType"];
}

/**
 * Looks after a run that is over: programs are told by an event. A run for which nothing ended it is ended: a state machine that is stopped, or
 * runs out of time, is cut off where it is. Its locks are freed, its end entered in the run ledger and in its summary, and people are told. Of a run
 * that came to its end by itself, only the locks are looked after.
 *
 * Repeated, it does what is missing.
 *
 * @throws what Step Functions, DynamoDB, S3, SNS or EventBridge failed with: call it again.
 */
export async function closeRun(executionArn: string, clients: CloseRunClients): Promise<CloseRunResult> {
  const { environment, executions, objects, announce, logger, metrics } = clients;
  // As of now: the event may be late, and the execution redriven since.
  const execution = await executions.describe(executionArn);
  const run = redrivenRun(execution.input) ?? execution.name ?? "";
  const status = endOf(execution);
  if (status === undefined) {
    logger.info("not over", { run, status: execution.status });
    return { run, outcome: "ignored" };
  }
  metrics.ofEnvironment(figuresOfEnd(status, execution.error));
  const date = dateOf(execution.input);
  const outcome = date === undefined ? "ignored" : await close(executionArn, { run, date, status, execution }, clients);
  // A run that was refused has written nothing; what lies under its name would be another's.
  const facts = date === undefined || outcome === "ignored" ? undefined : await readFacts(objects, { run, date });
  const announcement = announcementOf(environment, { run, date, status, execution, facts });
  await announce(announcement, executionArn);
  logger.info("announced", { run, date, status, event: announcement.detailType });
  // Last: what a run has cost keeps nobody waiting.
  if (date !== undefined && outcome !== "ignored") {
    await enterAccount(executionArn, { run, date, status, execution, facts }, clients);
  }
  return { run, outcome, event: announcement.detailType };
}

/** How a run ended; undefined where it did not. */
function endOf({ status, output }: DescribeExecutionOutput): RunStatus | undefined {
  if (status !== "SUCCEEDED") return ENDS.find((end) => end === status);
  return Object(JSON.parse(output ?? "{}")).status === "PARTIAL" ? "PARTIAL" : "SUCCEEDED";
}

/** Frees what a run holds, and ends it where it did not end itself. */
async function close(
  executionArn: string,
  { run, date, status, execution }: Omit<EndedRun, "facts" | "date"> & { readonly date: string },
  clients: CloseRunClients,
): Promise<CloseRunResult["outcome"]> {
  const { executions, runs } = clients;
  // First: whatever fails from here on, the date is free.
  await runs.free(date, execution.name ?? run);
  const record = await runs.get(date, run);
  // An execution that was refused has entered nothing: what stands there is of another, of the same run perhaps.
  if (record === undefined || (record.execution ?? execution.name) !== execution.name) return "ignored";
  const end = ENDS.find((one) => one === status);
  if (end === undefined || !isOpen(record)) return "told";

  await runs.record(date, run, { closing: end });
  const { subject, message } = await summarizeRun(
    {
      run,
      date,
      processingTime: String(record.started_at),
      trigger: String(record.trigger ?? "unknown"),
      status: end,
      error: { step: await stepOf(record, () => executions.history(executionArn)), ...reasonOf(end, execution) },
    },
    clients,
  );
  await clients.publish({ subject, message });
  await runs.record(date, run, { told_at: new Date(clients.now()).toISOString() });
  return "closed";
}

/** What an end counts as; said again, it says the same. Of good ends `summarize-run` says more. */
function figuresOfEnd(status: RunStatus, error: string | undefined): Figures<"environment"> {
  if (isGood(status)) return {};
  if (status === "ABORTED") return { RunsStopped: 1 };
  if (error === HELD) return { LockConflicts: 1 };
  // That the gate closed shows that all before it works.
  return error === REJECTED ? { RunsRejected: 1, RunsFailed: 0 } : { RunsFailed: 1 };
}

/**
 * Whether nobody has told of the run's end yet: it counts as running, could not tell, or this function began to close it and was
 * interrupted.
 */
function isOpen({ state, closing, told_at, untold_at }: Item): boolean {
  if (typeof untold_at === "string") return typeof told_at !== "string" || told_at < untold_at;
  return state === "RUNNING" || (closing !== undefined && told_at === undefined);
}

/** The step that a run failed at: what it has said itself, or else where its states ended. */
async function stepOf({ failed_step }: Item, history: () => Promise<readonly HistoryEvent[]>): Promise<string> {
  return typeof failed_step === "string" ? failed_step : (lastStep(await history()) ?? "unknown");
}

/** Enters what the run did and used. */
async function enterAccount(
  executionArn: string,
  { run, date, status, execution: { stopDate }, facts }: EndedRun & { readonly date: string },
  { executions, jobs, objects, runs, codeVersion, now, logger, metrics }: CloseRunClients,
): Promise<void> {
  const history = await executions.history(executionArn);
  const used = await Promise.all(startedJobs(history).map((job) => jobs.usage(job)));
  const account = accountOf(history, {
    jobs: used.filter((usage) => usage !== undefined),
    queries: queriesOf(await objects.readJson(runKey({ run, date }, "quality.json"))),
    endedAt: stopDate ?? new Date(now()),
  });
  await runs.record(date, run, {
    steps: account.steps.map(({ startedAt, endedAt, ...step }) => ({
      ...step,
      started_at: startedAt,
      ended_at: endedAt,
    })),
    transitions: account.transitions,
    crawls: account.crawls,
    dpu_seconds: account.dpuSeconds,
    bytes_scanned: account.bytesScanned,
    cost_usd: { ...account.cost },
    code: codeVersion,
    contracts: Object.fromEntries(DATASETS.map((dataset) => [dataset, contracts[dataset]["x-version"]])),
  });
  if (facts !== undefined) {
    const rows = runRows({ ...facts, status }, account, codeVersion);
    for (const table of ["pipeline_runs", "pipeline_run_datasets", "pipeline_run_steps"] as const) {
      await objects.writeText(historyKey(table, { run, date }), rows[table], "application/x-ndjson");
    }
  }
  metrics.ofEnvironment({
    RunCost: account.cost.total,
    RunDpuHours: account.dpuSeconds / 3_600,
    RunBytesScanned: account.bytesScanned,
  });
  for (const { step, seconds } of account.steps) metrics.of("Step", step, { StepSeconds: seconds });
  logger.info("accounted", { run, date, transitions: account.transitions, costUsd: account.cost.total });
}

/** Bytes that each query of the data quality checks read, by their report; upkeep of tables, which is rare, is not in it. */
function queriesOf(report: unknown): number[] {
  const queries: unknown = Object(report).queries;
  return Array.isArray(queries) ? queries.map((query: unknown) => Number(Object(query).bytesScanned ?? 0)) : [];
}

function reasonOf(end: End, { error, cause }: DescribeExecutionOutput) {
  return { error: error ?? REASONS[end].error, cause: cause ?? REASONS[end].cause };
}
