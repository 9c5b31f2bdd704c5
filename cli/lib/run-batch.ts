import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { LakeObjects } from "../../functions/lib/lake-objects";
import { runKey } from "../../functions/lib/lake-paths";
import { type BatchRequest, type Execution, followBatch, newRunName, type RunState, startBatch } from "./batch";
import { Display, Task } from "./display";
import { EXIT } from "./errors";
import { jobLogLines } from "./job-log";
import type { Lake } from "./lake";
import { shownPath } from "./paths";
import { withDateReserved } from "./reserve-date";
import { stepLines } from "./steps-display";
import { type BatchResult, failureLines, summarize, summaryLines, writeSummary } from "./summary";
import { count } from "./table";
import { type SourceFile, uploadFiles } from "./upload";

/** One batch, from files to summary. */
export interface RunBatchOptions extends BatchRequest {
  readonly date: string;
  /** Files to upload first; none where they are there already. */
  readonly files: readonly SourceFile[];
  /** File that receives the summary as JSON. */
  readonly summary?: string | undefined;
  /** Folder that receives the run's reports, where the lake will not outlive this command. */
  readonly reports?: string | undefined;
  /** Print the summary as JSON instead of everything else. */
  readonly json?: boolean | undefined;
  /** Print nothing but why it failed. */
  readonly quiet?: boolean | undefined;
}

/**
 * Uploads the files, runs the batch of their date while showing how it goes, and sums it up.
 *
 * @returns the exit code: 0 only where the batch succeeded as a whole
 */
export async function runBatch(lake: Lake, options: RunBatchOptions): Promise<number> {
  const { date, files, json = false, quiet = json } = options;
  const run = newRunName(date);
  await uploadFor(lake, files, date, run, quiet);
  return followRun(lake, await startBatch(lake, date, options, run), options);
}

/** What is done with what a run comes to. */
type FollowOptions = Pick<RunBatchOptions, "summary" | "reports" | "json" | "quiet">;

/**
 * Shows how a run goes, and sums it up.
 *
 * @returns the exit code: 0 only where it succeeded as a whole
 */
export async function followRun(lake: Lake, execution: Execution, options: FollowOptions): Promise<number> {
  const { json = false, quiet = json } = options;
  const display = new Display();
  if (!quiet) console.log(`\nRun ${execution.run}`);
  const progress = await followBatch(lake, execution, (current) => {
    if (!quiet) display.show(stepLines(current, new Date()));
  });
  const result = await summarize(lake, execution, progress);
  if (options.summary !== undefined) writeSummary(options.summary, result.summary);
  const log = result.failure ? jobLogLines(lake, progress.failure?.cause ?? "") : [];
  if (quiet) {
    if (json) console.log(JSON.stringify(result.summary, null, 2));
    if (result.failure) console.error([...failureLines(result.failure), ...log].join("\n"));
  } else {
    const places = await placeLines(lake, execution, result, options);
    console.log(["", ...summaryLines(result), ...log, "", ...places].join("\n"));
  }
  return exitCodeOf(progress.status);
}

/** @returns what a command ends with whose run ended so */
export function exitCodeOf(state: RunState): number {
  if (state === "PARTIAL") return EXIT.partial;
  return state === "SUCCEEDED" ? EXIT.ok : EXIT.failed;
}

/** Uploads files, where there are any, for a run that is about to be started: nobody else starts one for them meanwhile. */
export async function uploadFor(
  lake: Lake,
  files: readonly SourceFile[],
  date: string,
  run: string,
  quiet: boolean,
): Promise<void> {
  if (files.length > 0) await withDateReserved(lake, date, run, () => upload(lake, files, date, quiet));
}

async function upload(lake: Lake, files: readonly SourceFile[], date: string, quiet: boolean): Promise<void> {
  if (quiet) return uploadFiles(lake, files, date);
  const task = new Task("Uploading to the raw zone");
  const size = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  await uploadFiles(lake, files, date, (done, bytes) => task.update(`${done}/${files.length} files  ${size(bytes)}`));
  task.done(`${count(files.length)} files, ${size(total)}`);
}

/** Where everything is. */
async function placeLines(
  lake: Lake,
  execution: Execution,
  { quality }: BatchResult,
  { reports, summary }: FollowOptions,
): Promise<string[]> {
  const { bucket, workgroup } = lake.names;
  const kept = reports === undefined ? undefined : await keepReports(lake, execution, reports);
  const place = (name: string, value: string) => `  ${name.padEnd(15)} ${value}`;
  return [
    place("Execution", execution.arn),
    place("Lake", `s3://${bucket}, Athena workgroup ${workgroup}`),
    place("Run's files", `s3://${bucket}/${runKey(execution, "")}`),
    ...(quality ? [place("Quality report", `s3://${bucket}/${quality.report.replace(/\.json$/, ".html")}`)] : []),
    ...(kept ? [place("", `copied to ${shownPath(kept)}`)] : []),
    ...(summary === undefined ? [] : [place("Summary", shownPath(summary))]),
  ];
}

/** Copies what people read of a run out of a lake that is about to go. @returns where it is now */
async function keepReports(lake: Lake, execution: Execution, folder: string): Promise<string> {
  const objects = new LakeObjects(lake.names.bucket, lake.s3);
  mkdirSync(folder, { recursive: true });
  for (const name of ["quality.html", "quality.json", "manifest.json", "summary.json"]) {
    const text = await objects.readText(runKey(execution, name));
    if (text !== undefined) writeFileSync(path.join(folder, name), text);
  }
  return folder;
}
