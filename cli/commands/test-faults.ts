import { writeFileSync } from "node:fs";
import path from "node:path";
import { environment } from "../../envs";
import { ON_DATASET_FAILURE } from "../faults/environment";
import type { Outcome } from "../faults/judge";
import { Lab } from "../faults/lab";
import { type OwnAws, playRestart, RESTART, RESTART_WHAT } from "../faults/restart";
import { codeVersion, merged, PAGE, type Results, readResults, writeResults } from "../faults/results";
import type { Group } from "../faults/scenario";
import { GROUPS, SCENARIOS } from "../faults/scenarios";
import { dateOf, isSelected, playGroup, type Seen, select } from "../faults/suite";
import { EXIT, UsageError } from "../lib/errors";
import { expectFewRows } from "../lib/few-rows";
import { interrupt, orInterrupted } from "../lib/interrupt";
import { lakeOf } from "../lib/lake";
import { LocalAws, type RunningLocal } from "../lib/local-aws";
import { applyLocal } from "../lib/local-lake";
import { ROOT, shownPath } from "../lib/paths";
import { newRunFolder } from "../lib/run-folder";
import { duration, table } from "../lib/table";

/** `npm run test:faults`. */
export interface TestFaultsOptions {
  /** Parts of scenarios' names. @default all */
  readonly only?: readonly string[] | undefined;
  /** File that receives the outcomes of this call as JSON. */
  readonly json?: string | undefined;
  /** Only say what there is. */
  readonly list: boolean;
}

const APP = path.join(ROOT, "cli", "faults", "app.ts");

/** Names of all scenarios, in the order of the page. */
export const SCENARIO_NAMES: readonly string[] = [...SCENARIOS.map(({ name }) => name), RESTART];

/**
 * Breaks runs on a local AWS of its own, prints what became of each, and enters it in docs/reliability.md.
 *
 * @returns the exit code: 0 only where everything is as it has to be
 * @throws UsageError where no scenario has such a name
 */
export async function testFaults({ only, json, list }: TestFaultsOptions): Promise<number> {
  const groups = select(GROUPS, only);
  const withRestart = isSelected(RESTART, only);
  if (groups.length === 0 && !withRestart) {
    throw new UsageError(`No scenario has ${only?.join(" or ")} in its name.\n  try   npm run test:faults -- --list`);
  }
  if (list) {
    const named = SCENARIOS.filter(({ name }) => isSelected(name, only)).map(({ name, what }) => [name, what] as const);
    const all = withRestart ? [...named, [RESTART, RESTART_WHAT] as const] : named;
    console.log(table([{ title: "name" }, { title: "what goes wrong" }], all).join("\n"));
    return EXIT.ok;
  }
  const stamp = { seen: new Date().toISOString().slice(0, 10), version: codeVersion() };
  const outcomes: Outcome[] = [];
  const write = (seen: readonly Seen[]) => {
    const newer: Results = { outcomes: seen.map((outcome) => ({ ...outcome, ...stamp })) };
    writeResults(merged(readResults(), newer, SCENARIO_NAMES));
    return newer.outcomes;
  };
  const keep = (seen: readonly Seen[]) => {
    outcomes.push(...write(seen));
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(outcomes, null, 2)}\n`);
  };
  // As soon as it was seen: it is kept, whatever comes.
  const listener = { ...PROGRESS, seen: (outcome: Seen) => void write([outcome]) };
  expectFewRows();
  const folder = newRunFolder("faults");
  let choice = groups[0]?.onDatasetFailure;
  const aws = await startAws(path.join(folder, "first"), choice);
  try {
    for (const group of groups) {
      interrupt.throwIfAborted();
      if (group.onDatasetFailure !== choice) {
        choice = group.onDatasetFailure;
        await apply(aws.local, choice);
      }
      // Dates stay the group's own, whatever is selected.
      const date = dateOf(GROUPS.findIndex(({ name }) => name === group.name));
      keep(await Promise.race([orInterrupted(playGroup(aws.lab, group, date, listener)), aws.failed()]));
    }
    if (withRestart) {
      PROGRESS.begun(RESTART, RESTART_WHAT);
      const again = () => startAws(path.join(folder, "second"));
      const outcome = await orInterrupted(playRestart(aws, again, dateOf(GROUPS.length)));
      PROGRESS.ended(RESTART, outcome.problems, outcome.seconds);
      keep([outcome]);
    }
  } finally {
    await aws.stop();
  }
  return report(outcomes, folder);
}

/** Applies the stack, or what the choice of the environment changes of it. */
function apply(local: RunningLocal, onDatasetFailure?: Group["onDatasetFailure"]): Promise<void> {
  process.env[ON_DATASET_FAILURE] = onDatasetFailure ?? "stop";
  return applyLocal(local, APP);
}

async function startAws(
  folder: string,
  onDatasetFailure?: Group["onDatasetFailure"],
): Promise<OwnAws & Pick<LocalAws, "failed" | "local">> {
  const aws = await LocalAws.start(folder, { faults: true });
  try {
    await apply(aws.local, onDatasetFailure);
    const lab = await Lab.open(lakeOf(environment("local"), aws.local), aws.local.endpoint);
    return { lab, pid: aws.local.pid, local: aws.local, stop: () => aws.stop(), failed: () => aws.failed() };
  } catch (error) {
    await aws.stop();
    throw error;
  }
}

const PROGRESS = {
  begun: (name: string, what: string) => console.log(`  … ${name.padEnd(38)} ${what}`),
  ended: (name: string, problems: readonly string[], seconds: number) => {
    console.log(`  ${problems.length === 0 ? "✓" : "✗"} ${name.padEnd(38)} ${duration(seconds)}`);
    for (const problem of problems) console.log(`      ${problem}`);
  },
};

function report(outcomes: readonly Outcome[], folder: string): number {
  const rows = outcomes.map(({ name, run, tables, lock, told, rerun, problems }) => [
    problems.length === 0 ? "✓" : "✗",
    name,
    run.slice(0, 60),
    tables,
    lock,
    told.length === 0 ? "nobody" : `${told.length}`,
    rerun,
  ]);
  const columns = ["", "scenario", "run", "tables", "lock", "told", "rerun"].map((title) => ({ title }));
  console.log(["", ...table(columns, rows)].join("\n"));
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  console.log(`\n  ${outcomes.length - failed.length} as they have to be, ${failed.length} not`);
  console.log(`  Page   ${shownPath(PAGE)}\n  Logs   ${shownPath(folder)}`);
  return failed.length === 0 ? EXIT.ok : EXIT.failed;
}
