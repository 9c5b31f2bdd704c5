import { RunLedger } from "../../functions/lib/run-ledger";
import { RUN_STEP_NAMES } from "../../modules/orchestration/run-steps";
import { findRun, redriveBatch } from "../lib/batch";
import { confirmed } from "../lib/confirm";
import { EXIT, UsageError } from "../lib/errors";
import { interrupt, orInterrupted } from "../lib/interrupt";
import { findLake } from "../lib/lake";
import { followRun } from "../lib/run-batch";
import { titleOf } from "../lib/steps-display";

export interface RedriveOptions {
  readonly env: string;
  readonly run: string;
  /** Follow it to its end. */
  readonly wait: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * `pipeline redrive`: goes on with a run that failed, was stopped or ran out of time, from the step where it was.
 *
 * @returns the exit code: 0 only where it succeeded as a whole, or was started where nobody waits
 */
export async function pipelineRedrive({ env, run, wait, yes, json }: RedriveOptions): Promise<number> {
  const lake = await findLake(env);
  const { date } = await findRun(lake, run);
  const ledger = new RunLedger(lake.names.runLedger, lake.dynamo);
  const [newest] = date === "" ? [] : await ledger.ofDate(date);
  const entry = date === "" ? undefined : await ledger.get(date, run);
  const rerun = `\n  try   npm run pipeline -- run --env ${env} --date ${date}`;
  if (entry === undefined)
    throw new UsageError(`The run ${run} was refused before it began: there is nothing to go on with.`);
  if (entry.state === "RUNNING") throw new UsageError(`The run ${run} is not over.`);
  if (entry.state === "SUCCEEDED" || entry.state === "PARTIAL") {
    throw new UsageError(`The run ${run} is ${String(entry.state)}: there is nothing to go on with.${rerun}`);
  }
  if (newest?.run !== run) {
    throw new UsageError(
      `The run ${run} is not the newest of ${date}: ${String(newest?.run)} is, and what it did would be undone.${rerun}`,
    );
  }
  const step = RUN_STEP_NAMES.find((known) => known === entry.failed_step);
  const from = step === undefined ? "from its start" : `from "${titleOf(step)}" on`;
  if (!(await confirmed(`Go on with the run ${run} of ${env}, ${from}?`, yes))) return EXIT.interrupted;

  const execution = await redriveBatch(lake, { run, date });
  if (!wait) {
    if (json) console.log(JSON.stringify({ run, date, executionArn: execution.arn }, null, 2));
    else console.log(`  ${run} goes on. How it goes: npm run pipeline -- status ${run} --env ${env}`);
    return EXIT.ok;
  }
  try {
    return await orInterrupted(followRun(lake, execution, { json }));
  } finally {
    if (interrupt.aborted) {
      console.error(`\n  The run goes on without this command: npm run pipeline -- status ${run} --env ${env}`);
    }
  }
}
