import type { DescribeExecutionOutput } from "@aws-sdk/client-sfn";
import type { Item } from "../lib/dynamo";
import type { LakeObjects } from "../lib/lake-objects";
import type { Logger } from "../lib/logger";
import { dateOf } from "../lib/run-date";
import type { RunLedger } from "../lib/run-ledger";
import { summarizeRun } from "../summarize-run/summarize-run";
import type { RunStatus } from "../summarize-run/summary";
import type { Executions } from "./executions";

/** The ends that a run may not have told of itself. */
const ENDS = ["FAILED", "TIMED_OUT", "ABORTED"] as const satisfies readonly RunStatus[];
type End = (typeof ENDS)[number];

/** What is said of an end for which Step Functions gives no reason. */
const REASONS: Readonly<Record<End, { readonly error: string; readonly cause: string }>> = {
  FAILED: { error: "unknown", cause: "The state machine gave no error." },
  TIMED_OUT: { error: "States.Timeout", cause: "The run took longer than a run may take, and was ended." },
  ABORTED: { error: "Aborted", cause: "Somebody stopped the run." },
};

export interface CloseRunClients {
  readonly environment: string;
  readonly executions: Pick<Executions, "describe" | "lastStep">;
  readonly runs: RunLedger;
  readonly objects: LakeObjects;
  readonly publish: (message: { readonly subject: string; readonly message: string }) => Promise<void>;
  readonly now: () => number;
  readonly logger: Logger;
}

export interface CloseRunResult {
  readonly run: string;
  /** `closed`: now. `told`: the run had told of its end itself. `ignored`: it is not over, or none that began. */
  readonly outcome: "closed" | "told" | "ignored";
}

/**
 * Ends a run for which nothing ended it: a state machine that is stopped, or runs out of time, is cut off where it is. Its locks are
 * freed, its end entered in the run ledger and in its summary, and people are told. For a run that came to its end by itself, only the locks are looked
 * after.
 *
 * Repeated, it does what is missing.
 *
 * @throws what Step Functions, DynamoDB, S3 or SNS failed with: call it again.
 */
export async function closeRun(executionArn: string, clients: CloseRunClients): Promise<CloseRunResult> {
  const { executions, runs, logger } = clients;
  // As of now: the event may be late, and the execution redriven since.
  const execution = await executions.describe(executionArn);
  const run = execution.name ?? "";
  const end = ENDS.find((status) => status === execution.status);
  const date = dateOf(execution.input);
  if (end === undefined || date === undefined) {
    logger.info("nothing to close", { run, status: execution.status });
    return { run, outcome: "ignored" };
  }
  // First: whatever fails from here on, the date is free.
  await runs.free(date, run);
  const record = await runs.get(date, run);
  if (record === undefined) return { run, outcome: "ignored" };
  if (!isOpen(record)) return { run, outcome: "told" };

  await runs.record(date, run, { closing: end });
  const { subject, message } = await summarizeRun(
    {
      run,
      date,
      processingTime: String(record.started_at),
      trigger: String(record.trigger ?? "unknown"),
      status: end,
      error: { step: (await executions.lastStep(executionArn)) ?? "unknown", ...reasonOf(end, execution) },
    },
    clients,
  );
  await clients.publish({ subject, message });
  await runs.record(date, run, { told_at: new Date(clients.now()).toISOString() });
  return { run, outcome: "closed" };
}

/** Whether nobody has told of the run's end yet: it counts as running, or this function began to close it and was interrupted. */
function isOpen({ state, closing, told_at }: Item): boolean {
  return state === "RUNNING" || (closing !== undefined && told_at === undefined);
}

function reasonOf(end: End, { error, cause }: DescribeExecutionOutput) {
  return { error: error ?? REASONS[end].error, cause: cause ?? REASONS[end].cause };
}
