import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import path from "node:path";
import { codeVersion } from "../faults/results";
import { Task } from "../lib/display";
import { EXIT, messageOf, UsageError } from "../lib/errors";
import { expectFewRows } from "../lib/few-rows";
import { interrupt, orInterrupted } from "../lib/interrupt";
import type { Lake } from "../lib/lake";
import { withLocalLake } from "../lib/local-lake";
import { announce } from "../lib/local-registry";
import { shownPath } from "../lib/paths";
import { newRunFolder } from "../lib/run-folder";
import { duration, table } from "../lib/table";
import { executeBatch } from "../rehearsal/batch";
import { contentsOf } from "../rehearsal/content";
import { commandsOf, PAGE, withRehearsed } from "../rehearsal/page";
import { REHEARSALS, type Rehearsal } from "../rehearsal/rehearsals";
import { type Rehearsed, rehearsedText } from "../rehearsal/report";
import { type Shell, shellOf } from "../rehearsal/shell";
import { Stage } from "../rehearsal/stage";
import { refuseSecond } from "./local";

/** `npm run test:recovery`. */
export interface TestRecoveryOptions {
  /** Parts of rehearsals' names. @default all */
  readonly only?: readonly string[] | undefined;
  /** Only say what there is. */
  readonly list: boolean;
}

/** Batch dates of the lake that is damaged: the second has rows that come after those of the first. */
const DATES = ["2025-01-30", "2025-01-31"] as const;

/**
 * Damages a local lake and has it back by the steps of docs/operations.md, typed as they stand there; enters in that page what was
 * seen, and how long it took.
 *
 * @returns the exit code: 0 only where everything was had back
 */
export async function testRecovery({ only, list }: TestRecoveryOptions): Promise<number> {
  const chosen = REHEARSALS.filter(({ name }) => only?.some((part) => name.includes(part)) ?? true);
  if (chosen.length === 0) {
    throw new UsageError(
      `No rehearsal has ${only?.join(" or ")} in its name.\n  try   npm run test:recovery -- --list`,
    );
  }
  if (list) {
    console.log(
      table(
        [{ title: "name" }, { title: "what is lost" }],
        chosen.map(({ name, what }) => [name, what]),
      ).join("\n"),
    );
    return EXIT.ok;
  }
  await refuseSecond();
  expectFewRows();
  const folder = newRunFolder("recovery");
  return withLocalLake(folder, async (lake, { local }) => {
    // The lines of the page find the local AWS as everybody's commands do.
    const withdraw = announce(local);
    try {
      return await orInterrupted(rehearseAll(lake, shellOf(local), chosen, folder));
    } finally {
      withdraw();
    }
  });
}

async function rehearseAll(lake: Lake, shell: Shell, chosen: readonly Rehearsal[], folder: string): Promise<number> {
  const began = performance.now();
  for (const date of DATES) {
    const task = new Task(`Running ${date}, so that there is something to lose`);
    await executeBatch(lake, date, path.join(folder, date));
    task.done("");
  }
  const runSeconds = (performance.now() - began) / 1000 / DATES.length;
  const contents = await contentsOf(lake);
  const scene = {
    day: new Date().toISOString().slice(0, 10),
    version: codeVersion(),
    dates: DATES.length,
    contents,
    runSeconds,
    cores: availableParallelism(),
    load: loadavg()[1] ?? 0,
  };
  const page = readFileSync(PAGE, "utf8");
  const rehearsed: Rehearsed[] = [];
  for (const rehearsal of chosen) {
    const lines = commandsOf(page, rehearsal.section);
    const result = await rehearse(rehearsal, new Stage(lake, DATES, contents, lines, shell));
    rehearsed.push(result);
    // As soon as it was seen: it is kept, whatever comes.
    const textOf = (before: string) =>
      rehearsedText(
        before,
        REHEARSALS.map(({ what }) => what),
        [result],
        scene,
      );
    writeFileSync(PAGE, withRehearsed(readFileSync(PAGE, "utf8"), textOf));
    // What is left of a rehearsal that failed is no lake for the next.
    if (!result.passed) break;
  }
  const passed = rehearsed.every((one) => one.passed);
  console.log(`\n  ${rehearsed.filter((one) => one.passed).length} of ${chosen.length} had everything back`);
  console.log(`  Page   ${shownPath(PAGE)}`);
  console.log(`  Logs   ${shownPath(folder)}`);
  return passed ? EXIT.ok : EXIT.failed;
}

async function rehearse(rehearsal: Rehearsal, stage: Stage): Promise<Rehearsed> {
  const { name, what, untyped = [] } = rehearsal;
  console.log(`  … ${name.padEnd(24)} ${what}`);
  const began = performance.now();
  const result = await rehearsal.play(stage).then(
    (seen) => ({ seen, passed: true }),
    (error: unknown) => {
      interrupt.throwIfAborted();
      return { seen: messageOf(error), passed: false };
    },
  );
  const forgotten = stage.untyped().filter((line) => !untyped.some((beginning) => line.startsWith(beginning)));
  const judged =
    result.passed && forgotten.length > 0 ? { seen: `not typed: ${forgotten.join("; ")}`, passed: false } : result;
  const seconds = (performance.now() - began) / 1000;
  console.log(`  ${judged.passed ? "✓" : "✗"} ${name.padEnd(24)} ${duration(seconds)}\n      ${judged.seen}`);
  return { name, what, seconds, ...judged };
}
