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
    ...markdownTable([
      ["what was lost", "what was seen", "took"],
      ...rehearsed.map(({ what, seen, passed, seconds }) => [what, passed ? seen : `**✗ ${seen}**`, duration(seconds)]),
    ]),
  ].join("\n");
}

/** Rows under the first one, laid out as the formatter lays tables out. */
function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(cell));
  const [titles = [], ...rest] = cells;
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(titles), line(widths.map((width) => "-".repeat(width))), ...rest.map(line)];
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
