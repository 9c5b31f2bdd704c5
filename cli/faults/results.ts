import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../lib/paths";
import { NOT_TRIED, type Outcome } from "./judge";
import { reliabilityPage } from "./page";

/** Where the outcomes are kept that the page is made of. */
export const RESULTS = path.join(ROOT, "docs", "reliability.json");
/** The page for people. */
export const PAGE = path.join(ROOT, "docs", "reliability.md");

/** Everything that was seen, each row when it was played last. */
export interface Results {
  readonly outcomes: readonly Outcome[];
}

/** @returns what has been seen so far */
export function readResults(file = RESULTS): Results {
  // Written by this program.
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Results) : { outcomes: [] };
}

/**
 * Takes new outcomes in place of older ones of the same name; one whose date has not been run again yet only where there is none.
 *
 * @param order names of all scenarios; rows of others are dropped
 */
export function merged(results: Results, newer: Results, order: readonly string[]): Results {
  const rows = new Map(results.outcomes.map((outcome) => [outcome.name, outcome]));
  for (const outcome of newer.outcomes) {
    const isWhole = outcome.rerun !== NOT_TRIED || rows.get(outcome.name)?.rerun === NOT_TRIED;
    if (isWhole || !rows.has(outcome.name)) rows.set(outcome.name, outcome);
  }
  return { outcomes: order.flatMap((name) => rows.get(name) ?? []) };
}

/** Writes the outcomes, and the page of them. */
export function writeResults(results: Results): void {
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(PAGE, reliabilityPage(results));
}

/** @returns the version of the code, with a `+` where it has changes that no commit holds */
export function codeVersion(): string {
  return execFileSync("git", ["describe", "--always", "--abbrev=7", "--dirty=+"], {
    cwd: ROOT,
    encoding: "utf8",
  }).trim();
}
