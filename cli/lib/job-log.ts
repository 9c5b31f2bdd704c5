import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Lake } from "./lake";
import { shownPath } from "./paths";

const LINES = 15;

/** Empty lines, and where in Java something happened: pages of it, below the sentence that counts. */
const JAVA_FRAME = /^\S*( [EO])?\s*(at \S+\(.*\)|\.\.\. \d+ more)?$/;

/**
 * Finds what the job that failed a run said last.
 *
 * @param cause why the run failed; that of a job names the job's run
 * @returns lines for people; none where no job failed, and where the lake is not on this laptop but in AWS
 */
export function jobLogLines({ local }: Lake, cause: string): string[] {
  const jobRun = /\bjr_[0-9a-f]+\b/.exec(cause)?.[0];
  if (local === undefined || jobRun === undefined) return [];
  const logs = path.join(local.folder, "local-aws", "logs", "glue");
  const file = (existsSync(logs) ? readdirSync(logs) : [])
    .map((job) => path.join(logs, job, `${jobRun}.log`))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  const tail = lines.filter((line) => !JAVA_FRAME.test(line)).slice(-LINES);
  return ["", "  The end of the job's log:", ...tail.map((line) => `    ${line}`), `  log   ${shownPath(file)}`];
}
