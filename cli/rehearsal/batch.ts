import { followBatch, newRunName, startBatch } from "../lib/batch";
import type { Lake } from "../lib/lake";
import { uploadFor } from "../lib/run-batch";
import { findFiles } from "../lib/upload";
import { generateSample } from "../sample/generate";
import { must } from "./stage";

/** Sales of a date; everything else is in proportion. */
const ROWS = 2_000;

/** Another seed is another shop: the same one sends the same keys every day, and a later day's replace an earlier one's. */
const SEED = 7;

/** Runs the batch of a date on sample data. @param folder that receives the files */
export async function executeBatch(lake: Lake, date: string, folder: string): Promise<void> {
  await generateSample({ rows: ROWS, date, seed: SEED, folder, broken: false });
  const run = newRunName(date);
  await uploadFor(lake, findFiles(folder), date, run, true);
  const { status, failure } = await followBatch(lake, await startBatch(lake, date, {}, run), () => {});
  must(
    status === "SUCCEEDED",
    `The run of ${date}, before anything was damaged, ended as ${status}: ${failure?.cause}`,
  );
}
