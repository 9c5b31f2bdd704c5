import type { Dataset } from "../../contracts";
import { newRunName, startBatch } from "../lib/batch";
import { EXIT } from "../lib/errors";
import { interrupt, orInterrupted } from "../lib/interrupt";
import { findLake } from "../lib/lake";
import { requireChecks } from "../lib/promoted";
import { runBatch, uploadFor } from "../lib/run-batch";
import { findFiles } from "../lib/upload";

export interface PipelineRunOptions {
  /** Which environment's lake is meant. */
  readonly env: string;
  readonly date: string;
  /** Folder of files to upload first. */
  readonly data?: string | undefined;
  readonly datasets?: readonly Dataset[] | undefined;
  readonly promote?: readonly string[] | undefined;
  /** Follow the run to its end. */
  readonly wait: boolean;
  readonly json: boolean;
  readonly summary?: string | undefined;
}

/**
 * `pipeline run`: runs the batch of a date.
 *
 * @returns the exit code: 0 only where it succeeded, or was started where nobody waits
 */
export async function pipelineRun({ env, data, wait, ...options }: PipelineRunOptions): Promise<number> {
  requireChecks(options.promote);
  const files = data === undefined ? [] : findFiles(data);
  const lake = await findLake(env);
  if (!wait) {
    const { date, json } = options;
    const run = newRunName(date);
    await orInterrupted(uploadFor(lake, files, date, run, json));
    const { arn } = await startBatch(lake, date, options, run);
    if (json) console.log(JSON.stringify({ run, date, executionArn: arn }, null, 2));
    else console.log(`  ${run} is started. How it goes: npm run pipeline -- status ${run} --env ${env}`);
    return EXIT.ok;
  }
  try {
    return await orInterrupted(runBatch(lake, { ...options, files }));
  } finally {
    if (interrupt.aborted) {
      console.error(`\n  A run that was started goes on without this command: npm run pipeline -- status --env ${env}`);
    }
  }
}
