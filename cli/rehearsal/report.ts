import { duration } from "../lib/table";
import type { Contents } from "./content";

/** What a rehearsal came to. */
export interface Rehearsed {
  readonly name: string;
  readonly what: string;
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
  readonly cores: number;
  /** Processes that worked or waited for a core meanwhile, on average: where they are more than the cores, times are longer. */
  readonly load: number;
}

const TITLES = ["what was lost", "what was seen", "took", "when"];

/**
 * @param before what the page said: rows of rehearsals that were not played now stay
 * @param order what is lost in each rehearsal there is, in the order of the rows; others are dropped
 * @returns what the page says to be rehearsed
 */
export function rehearsedText(
  before: string,
  order: readonly string[],
  rehearsed: readonly Rehearsed[],
  { day, version, dates, contents, runSeconds, cores, load }: Scene,
): string {
  const tables = Object.values(contents);
  const sum = tables.reduce((rows, table) => rows + table.rows, 0);
  const rows = new Map(rowsOf(before).map((row) => [row[0], row]));
  for (const { what, seen, passed, seconds } of rehearsed) {
    rows.set(what, [what, cell(passed ? seen : `**✗ ${seen}**`), duration(seconds), `${day} ${version}`]);
  }
  return [
    `On the local AWS, ${dates} dates with ${sum.toLocaleString("en-US")} rows in ${tables.length} tables, compared row by row but for the time of writing. A run of a date took ${duration(runSeconds)} there, on ${day}, on ${cores} cores at a load of ${Math.round(load)}.`,
    "",
    ...markdownTable([TITLES, ...order.flatMap((what) => (rows.has(what) ? [rows.get(what) ?? []] : []))]),
    ...unseenLines(order.filter((what) => !rows.has(what))),
  ].join("\n");
}

/** What nobody has looked at yet: a page that only shows what went well would say too much. */
function unseenLines(unseen: readonly string[]): string[] {
  return unseen.length === 0 ? [] : ["", "Not seen yet:", "", ...unseen.map((what) => `- ${what}`)];
}

/** The rows of a page's table, but for its titles and the rule beneath. */
function rowsOf(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((part) => part.trim()),
  );
}

/** Rows under the first one, laid out as the formatter lays tables out. */
function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const [titles = [], ...rest] = rows;
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(titles), line(widths.map((width) => "-".repeat(width))), ...rest.map(line)];
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
