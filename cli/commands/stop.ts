import { setTimeout as sleep } from "node:timers/promises";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { RunLedger } from "../../functions/lib/run-ledger";
import { findRun, lookAtBatch } from "../lib/batch";
import { confirmed } from "../lib/confirm";
import { EXIT, UsageError } from "../lib/errors";
import { interrupt } from "../lib/interrupt";
import { findLake } from "../lib/lake";
import { titleOf } from "../lib/steps-display";

/** How long the ledger is asked whether it knows, in milliseconds, and how often. */
const PATIENCE_MS = 60_000;
const POLL_MS = 500;

export interface StopOptions {
  readonly env: string;
  readonly run: string;
  /** Said to whoever hears of it. */
  readonly reason?: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * `pipeline stop`: stops a run where it is. Its jobs are stopped with it; what it had published stays.
 *
 * @returns the exit code: 0 where it was stopped and its end is known
 */
export async function pipelineStop({ env, run, reason, yes, json }: StopOptions): Promise<number> {
  const lake = await findLake(env);
  const execution = await findRun(lake, run);
  const { status, steps } = await lookAtBatch(lake, execution);
  if (status !== "RUNNING") throw new UsageError(`The run ${run} is over already: ${status}.`);
  const step = steps.find(({ state }) => state === "running")?.step;
  const where = step === undefined ? "" : `, which is at "${titleOf(step)}"`;
  if (!(await confirmed(`Stop the run ${run} of ${env}${where}?`, yes))) return EXIT.interrupted;
  await lake.stepFunctions.send(
    new StopExecutionCommand({
      executionArn: execution.arn,
      error: "Stopped",
      cause: reason ?? "Somebody stopped the run from the command line.",
    }),
  );
  const state = await ledgerState(new RunLedger(lake.names.runLedger, lake.dynamo), execution);
  if (json) console.log(JSON.stringify({ run, date: execution.date, step, state }));
  else if (state === "ABORTED") {
    console.log(
      `  ${run} is stopped, and its date is free. To run it again: npm run pipeline -- run --env ${env} --date ${execution.date}`,
    );
  } else {
    console.error(
      `  ${run} is stopped, but the run ledger still says ${state ?? "nothing"} of it: look at the log of close-run, and at the queue ${lake.names.queue("unclosed-runs")}.`,
    );
  }
  return state === "ABORTED" ? EXIT.ok : EXIT.failed;
}

/** What the ledger says of a stopped run, once it says the truth; a run that was stopped before it began has no entry. */
async function ledgerState(
  ledger: RunLedger,
  { date, run }: { readonly date: string; readonly run: string },
): Promise<string | undefined> {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const state = (await ledger.get(date, run))?.state;
    if (state === "ABORTED" || Date.now() > end) return state === undefined ? undefined : String(state);
    await sleep(POLL_MS, undefined, { signal: interrupt });
  }
}
