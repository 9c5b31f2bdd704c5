import { duration } from "../lib/table";
import type { Contents } from "./content";

/** What a rehearsal came to. */
export interface Rehearsed {
  readonly name: string;
  readonly what: string;
  readonly section: string;
  /** What was seen; where it failed, why. */
  readonly seen: string;
  readonly passed: boolean;
  readonly seconds: number;
}

/** On what it was rehearsed. */
export interface Scene {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** Version of the code. */
  readonly version: string;
  readonly dates: number;
  readonly contents: Contents;
  /** Seconds that the first run of each date took, on average. */
  readonly runSeconds: number;
}

/** @returns what the page says to be rehearsed */
export function rehearsedText(
  rehearsed: readonly Rehearsed[],
  { day, version, dates, contents, runSeconds }: Scene,
): string {
  const tables = Object.values(contents);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return [
    `Seen ${day} with ${version}, on the local AWS, by the lines above as they stand there: ${dates} dates, ${rows.toLocaleString("en-US")} rows in ${tables.length} tables, compared row by row but for the time of writing. A run of a date took ${duration(runSeconds)} there.`,
    "",
    "| what was lost | what was seen | took |",
    "| --- | --- | --- |",
    ...rehearsed.map(
      ({ what, seen, passed, seconds }) =>
        `| ${what} | ${passed ? cell(seen) : `**✗ ${cell(seen)}**`} | ${duration(seconds)} |`,
    ),
  ].join("\n");
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
