import { rmSync } from "node:fs";
import path from "node:path";
import { Task } from "../lib/display";
import { EXIT } from "../lib/errors";
import { orInterrupted } from "../lib/interrupt";
import type { Lake } from "../lib/lake";
import type { LocalAws } from "../lib/local-aws";
import { withLocalLake } from "../lib/local-lake";
import { shownPath } from "../lib/paths";
import { runBatch } from "../lib/run-batch";
import { newRunFolder } from "../lib/run-folder";
import { count } from "../lib/table";
import { findFiles, type SourceFile } from "../lib/upload";
import { generateSample } from "../sample/generate";
import { keepUp, refuseSecond } from "./local";

/** Where generated files go, below the run's folder. */
const SAMPLE_FOLDER = "sample";

/** `npm start`. */
export interface StartOptions {
  /** Folder of the person's own files; sample data where left out. */
  readonly data?: string | undefined;
  readonly date: string;
  readonly rows: number;
  readonly seed: number;
  /** File that receives the summary as JSON. */
  readonly summary?: string | undefined;
  /** Leave the local AWS up at the end. */
  readonly keep: boolean;
  /** Whether the local AWS takes faults. */
  readonly faults: boolean;
}

/**
 * Runs the daily batch on a local AWS of its own.
 *
 * @returns the exit code: 0 only where the batch succeeded
 */
export async function start(options: StartOptions): Promise<number> {
  if (options.keep) await refuseSecond();
  const { date, summary, keep, faults } = options;
  // Looked at before anything is started: a wrong folder is known at once.
  const given = options.data === undefined ? undefined : findFiles(options.data);
  const folder = newRunFolder("start");
  console.log(`The daily batch of ${date}, on an AWS of this laptop\n`);
  const files = given ?? (await sampleFiles(options, path.join(folder, SAMPLE_FOLDER)));
  const work = async (lake: Lake, aws: LocalAws) => {
    const batch = runBatch(lake, { files, date, summary, reports: path.join(folder, "reports") });
    const result = await orInterrupted(batch);
    console.log(`  Logs            ${shownPath(folder)}`);
    if (keep) await keepUp(lake, aws);
    else console.log("\n  The local AWS ends now. One that stays: npm run local, or npm start -- --keep");
    return result;
  };
  const code = await withLocalLake(folder, work, { faults });
  // The same options make the same files again.
  if (code === EXIT.ok) rmSync(path.join(folder, SAMPLE_FOLDER), { recursive: true, force: true });
  return code;
}

async function sampleFiles({ rows, date, seed }: StartOptions, folder: string): Promise<SourceFile[]> {
  const task = new Task("Generating sample data");
  const counts = await generateSample({ rows, date, seed, folder, broken: false });
  const total = Object.values(counts).reduce((sum, one) => sum + one.rows, 0);
  task.done(`${count(total)} rows (more: --rows; your own: --data)`);
  return findFiles(folder);
}
