/**
 * `npm run bench:run`: how long it takes on the local AWS from the last upload of a day to published tables, step by step, how much of that is
 * orchestration alone, and what the run used. `--help` says more.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import { Command } from "commander";
import { type Execution, followBatch, historyOf, stateMachineArn } from "../cli/lib/batch";
import { Display, Task } from "../cli/lib/display";
import { Interrupted } from "../cli/lib/errors";
import { interrupt, listenForInterrupts, orInterrupted } from "../cli/lib/interrupt";
import type { Lake } from "../cli/lib/lake";
import { withLocalLake } from "../cli/lib/local-lake";
import { wholeNumber } from "../cli/lib/options";
import { newRunFolder } from "../cli/lib/run-folder";
import { stepLines, titleOf } from "../cli/lib/steps-display";
import { duration, right, table } from "../cli/lib/table";
import { type TimeSpent, timeSpent } from "../cli/lib/time-spent";
import { findFiles, uploadFiles } from "../cli/lib/upload";
import { SAMPLE } from "../cli/sample/defaults";
import { generateSample } from "../cli/sample/generate";
import { daysBefore } from "../functions/data-quality/profile";
import { RunLedger } from "../functions/lib/run-ledger";
import { secondsOf, stepsOf } from "../functions/lib/steps";

interface Options {
  readonly rows: number;
  readonly days: number;
  readonly seed: number;
  readonly json?: string;
}

/** What a day's run took. Times in seconds. */
interface Measured {
  readonly date: string;
  readonly megabytes: number;
  /** From the last upload to the start of the run. */
  readonly untilStart: number;
  readonly steps: Readonly<Record<string, number>>;
  /** From the last upload until the last table was published. */
  readonly untilPublished: number;
  /** From the last upload until the run was over. */
  readonly untilEnd: number;
  readonly time: TimeSpent;
  /** As `close-run` counted them. */
  readonly transitions: number;
  readonly costUsd: Readonly<Record<string, number>>;
}

const LOOK_MS = 200;

function parseOptions(): Options {
  return new Command("npm run bench:run --")
    .description(
      "Uploads days of sample data to a local AWS of its own, as any client would, waits for the runs that the uploads start, and says " +
        "where the time from each day's last upload to published tables went. The first day makes the tables; the last is a usual one. " +
        "Dollars are what AWS would ask for the run by its list prices. Exit codes: 0 every run succeeded; 1 otherwise.",
    )
    .option(
      "--rows <count>",
      "sales of a day; the rest is in proportion",
      wholeNumber(SAMPLE.minRows, 1_000_000),
      10_000,
    )
    .option("--days <count>", "days, one after another", wholeNumber(1, 30), 2)
    .option("--seed <number>", "another seed makes other data", wholeNumber(0, SAMPLE.maxSeed), SAMPLE.seed)
    .option("--json <file>", "also write the figures here")
    .parse()
    .opts<Options>();
}

/** Uploads a day and measures the run that this starts. */
async function measureDay(lake: Lake, date: string, { rows, seed }: Options, folder: string): Promise<Measured> {
  mkdirSync(folder, { recursive: true });
  await generateSample({ rows, date, seed, folder, broken: false });
  const files = findFiles(folder);
  console.log(`\n  ${date}`);
  const starting = new Task(`Uploading ${files.length} files, and waiting for the run that they start`);
  await uploadFiles(lake, files, date);
  const uploaded = Date.now();
  const execution = await startedRun(lake, date);
  starting.done(execution.run);
  const display = new Display();
  const {
    status,
    failure,
    files: counts,
  } = await followBatch(lake, execution, (progress) => display.show(stepLines(progress, new Date())));
  if (status !== "SUCCEEDED")
    throw new Error(`The run of ${date} ended as ${status}: ${failure?.error} ${failure?.cause}`);
  const judged = Object.values(counts ?? {}).reduce((sum, of) => sum + of.accepted + of.duplicate + of.rejected, 0);
  if (judged !== files.length) throw new Error(`The run of ${date} saw ${judged} of ${files.length} files.`);
  const events = await historyOf(lake, execution.arn);
  const entry = await accounted(lake, execution);
  const views = stepsOf(events).filter(({ startedAt }) => startedAt !== undefined);
  const since = (at: Date | undefined) => ((at?.getTime() ?? Number.NaN) - uploaded) / 1000;
  return {
    date,
    megabytes: files.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000_000,
    untilStart: since(events[0]?.timestamp),
    steps: Object.fromEntries(views.map((view) => [titleOf(view.step), secondsOf(view, new Date())])),
    untilPublished: since(views.find(({ step }) => step === "MergeMasterData")?.endedAt),
    untilEnd: since(events.at(-1)?.timestamp),
    time: timeSpent(events),
    transitions: Number(entry.transitions),
    // Written by close-run.
    costUsd: entry.cost_usd as Measured["costUsd"],
  };
}

/** @returns the run that the uploads of a date have started */
async function startedRun(lake: Lake, date: string): Promise<Execution> {
  const command = new ListExecutionsCommand({ stateMachineArn: await stateMachineArn(lake) });
  for (;;) {
    const { executions = [] } = await lake.stepFunctions.send(command);
    const found = executions.find(({ name = "" }) => name.startsWith(`${date}-upload-`));
    if (found?.executionArn !== undefined) return { arn: found.executionArn, run: found.name ?? "", date };
    await sleep(LOOK_MS, undefined, { signal: interrupt });
  }
}

/** Waits until what the run used is in the run ledger. */
async function accounted(lake: Lake, { date, run }: Execution): Promise<Readonly<Record<string, unknown>>> {
  const ledger = new RunLedger(lake.names.runLedger, lake.dynamo);
  for (;;) {
    const entry = await ledger.get(date, run);
    if (entry?.cost_usd !== undefined) return entry;
    await sleep(LOOK_MS, undefined, { signal: interrupt });
  }
}

function lines(days: readonly Measured[]): string[] {
  const row = (title: string, of: (day: Measured) => string) => [title, ...days.map(of)];
  const seconds = (title: string, of: (day: Measured) => number | undefined) =>
    row(title, (day) => {
      const taken = of(day);
      return taken === undefined ? "–" : duration(taken);
    });
  const titles = [...new Set(days.flatMap(({ steps }) => Object.keys(steps)))];
  return table(
    [{ title: "from the last upload" }, ...days.map(({ date }) => right(date))],
    [
      row("raw files", ({ megabytes }) => `${megabytes.toFixed(1)} MB`),
      seconds("until the run starts", ({ untilStart }) => untilStart),
      ...titles.map((title) => seconds(`  ${title}`, ({ steps }) => steps[title])),
      seconds("until tables are published", ({ untilPublished }) => untilPublished),
      seconds("until the run is over", ({ untilEnd }) => untilEnd),
      seconds("of the run: functions, jobs, calls", ({ time }) => time.work),
      seconds("of the run: waiting as it was told to", ({ time }) => time.waits),
      seconds("of the run: orchestration alone", ({ time }) => time.orchestration),
      row("state transitions", ({ transitions }) => String(transitions)),
      row("dollars, by list prices", ({ costUsd }) => (costUsd.total ?? Number.NaN).toFixed(4)),
      row("  of these for transitions", ({ costUsd }) => (costUsd.transitions ?? Number.NaN).toFixed(4)),
    ],
  );
}

async function main(): Promise<void> {
  const options = parseOptions();
  listenForInterrupts();
  const folder = newRunFolder("bench");
  const days = await withLocalLake(folder, async (lake) => {
    const measured: Measured[] = [];
    for (let back = options.days - 1; back >= 0; back--) {
      const date = daysBefore(SAMPLE.date, back);
      const sample = path.join(folder, `sample-${date}`);
      measured.push(await orInterrupted(measureDay(lake, date, options, sample)));
      rmSync(sample, { recursive: true });
    }
    return measured;
  });
  console.log(["", ...lines(days)].join("\n"));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ version: 1, days }, null, 2)}\n`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
});
