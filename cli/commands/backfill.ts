import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { DescribeExecutionCommand, ExecutionDoesNotExist, type ExecutionStatus } from "@aws-sdk/client-sfn";
import { DATASETS, type Dataset } from "../../contracts";
import { rawPrefix } from "../../functions/lib/lake-paths";
import { RunLedger } from "../../functions/lib/run-ledger";
import { sideBySide } from "../../functions/lib/side-by-side";
import {
  type BackfilledDate,
  carryOut,
  type Ended,
  type KnownDate,
  type PlannedDate,
  plan,
  type Runs,
  type Selection,
  stateOf,
} from "../lib/backfill";
import { executionArn, type RunState, runState, startBatch, stateMachineArn } from "../lib/batch";
import { confirmed } from "../lib/confirm";
import { daysBetween } from "../lib/days";
import { EXIT, UsageError } from "../lib/errors";
import { interrupt, orInterrupted } from "../lib/interrupt";
import { findLake, type Lake } from "../lib/lake";
import { duration, right, table } from "../lib/table";

/** Most days of one backfill: more are a typing error, or a plan of its own. */
const MOST_DAYS = 1_100;
/** Dates that are looked at side by side. */
const LOOKED_AT_ONCE = 8;
/** How often a run is looked at, in milliseconds: on this laptop, and in AWS, where runs take longer and calls are counted. */
const POLL_MS = { local: 1_000, aws: 10_000 } as const;

export interface BackfillOptions {
  readonly env: string;
  readonly from: string;
  readonly to: string;
  readonly only: readonly Selection[];
  readonly concurrency: number;
  readonly datasets?: readonly Dataset[] | undefined;
  /** Goes on with a backfill that was interrupted. */
  readonly resume?: string | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** `pipeline backfill`: runs the dates of a range that need it. @returns the exit code: 0 only where every run succeeded as a whole */
export async function pipelineBackfill(options: BackfillOptions): Promise<number> {
  const { env, from, to, only, concurrency, resume, dryRun, yes, json } = options;
  const dates = checkedDates(from, to);
  const lake = await findLake(env);
  const { maxConcurrentRuns } = lake.environment.jobs;
  if (concurrency > maxConcurrentRuns) {
    throw new UsageError(
      `--concurrency is ${concurrency}, and the jobs of ${env} run for ${maxConcurrentRuns} dates at once (jobs.maxConcurrentRuns in envs/${env}.ts).`,
    );
  }
  const id = resume ?? randomBytes(4).toString("hex");
  const machine = await stateMachineArn(lake);
  const planned = await orInterrupted(planOf(lake, machine, dates, only, id));
  const todo = planned.filter(({ action }) => action !== "skip");
  const say = (lines: readonly string[]) => {
    if (!json) console.log(lines.join("\n"));
  };
  say([`\nBackfill ${id} of ${env}`, "", ...planLines(planned), ""]);
  if (dryRun || todo.length === 0) {
    say([todo.length === 0 ? "  There is nothing to run." : "  Nothing was started."]);
    if (json) console.log(JSON.stringify({ id, dates: planned }, null, 2));
    return EXIT.ok;
  }
  const question = `Run ${todo.length} dates of ${env}, oldest first, ${concurrency} at once?`;
  if (!(await confirmed(question, yes))) return EXIT.interrupted;

  const results = await carryOut(planned, runsOf(lake, machine, id, options.datasets), concurrency, interrupt, (date) =>
    say([progressLine(date)]),
  );
  if (json) console.log(JSON.stringify({ id, dates: results }, null, 2));
  say(["", ...resultLines(results)]);
  if (interrupt.aborted) {
    const flags = [
      ...[`--env ${env}`, `--from ${from}`, `--to ${to}`, `--only ${only}`, `--concurrency ${concurrency}`],
      ...(options.datasets === undefined ? [] : [`--datasets ${options.datasets}`]),
      `--resume ${id}`,
    ].join(" ");
    console.error(`\n  Runs that were started go on. To go on with the others: npm run pipeline -- backfill ${flags}`);
    throw interrupt.reason;
  }
  const ends = results.filter(({ action }) => action !== "skip").map(({ ended }) => ended);
  if (ends.every((ended) => ended === "SUCCEEDED")) return EXIT.ok;
  return ends.every((ended) => ended === "SUCCEEDED" || ended === "PARTIAL") ? EXIT.partial : EXIT.failed;
}

function checkedDates(from: string, to: string): string[] {
  const dates = daysBetween(from, to);
  if (dates.length === 0) throw new UsageError(`--from ${from} is after --to ${to}.`);
  if (dates.length > MOST_DAYS) {
    throw new UsageError(`From ${from} to ${to} are ${dates.length} days; a backfill has at most ${MOST_DAYS}.`);
  }
  return dates;
}

/** The name of a date's run: whoever resumes the backfill knows by it what was run already. */
const runName = (date: string, id: string) => `${date}-backfill-${id}`;

async function planOf(
  lake: Lake,
  machine: string,
  dates: readonly string[],
  only: readonly Selection[],
  id: string,
): Promise<PlannedDate[]> {
  const ledger = new RunLedger(lake.names.runLedger, lake.dynamo);
  const known = new Map<string, KnownDate>();
  const done = new Set<string>();
  await sideBySide(dates, LOOKED_AT_ONCE, async (date) => {
    const runs = await ledger.ofDate(date);
    const isRunning = async (run: string) => (await statusOf(lake, machine, run)) === "RUNNING";
    const state = await stateOf(runs, isRunning, () => hasFiles(lake, date));
    const newest = runs[0]?.run;
    known.set(date, { date, state, run: newest === undefined ? undefined : String(newest) });
    if (runs.some(({ run }) => run === runName(date, id))) done.add(date);
  });
  return plan(
    dates.flatMap((date) => known.get(date) ?? []),
    only,
    done,
  );
}

async function hasFiles({ s3, names }: Lake, date: string): Promise<boolean> {
  for (const dataset of DATASETS) {
    const found = await s3.send(
      new ListObjectsV2Command({ Bucket: names.bucket, Prefix: rawPrefix(dataset, date), MaxKeys: 1 }),
    );
    if ((found.KeyCount ?? 0) > 0) return true;
  }
  return false;
}

/** @returns undefined for a run that Step Functions does not know, or no longer: it forgets after 90 days */
async function statusOf(lake: Lake, machine: string, run: string): Promise<ExecutionStatus | undefined> {
  try {
    const found = await lake.stepFunctions.send(
      new DescribeExecutionCommand({ executionArn: executionArn(machine, run) }),
    );
    return found.status;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** The runs of a backfill, as Step Functions has them. */
function runsOf(lake: Lake, machine: string, id: string, datasets: readonly Dataset[] | undefined): Runs {
  return {
    async start(date) {
      return (await startBatch(lake, date, { datasets }, runName(date, id))).run;
    },
    async end(run) {
      const command = new DescribeExecutionCommand({ executionArn: executionArn(machine, run) });
      for (;;) {
        const { status, output, error, startDate, stopDate } = await lake.stepFunctions.send(command, {
          abortSignal: interrupt,
        });
        if (status !== "RUNNING" && status !== "PENDING_REDRIVE") {
          const took = ((stopDate ?? new Date()).getTime() - (startDate ?? new Date()).getTime()) / 1000;
          return { ended: endOf(status && runState(status, output), error), took };
        }
        await sleep(POLL_MS[lake.local === undefined ? "aws" : "local"], undefined, { signal: interrupt });
      }
    },
  };
}

function endOf(status: RunState | undefined, error: string | undefined): Ended {
  if (error === "RunInProgress") return "HELD";
  return ENDS.find((end) => end === status) ?? "LOST";
}
const ENDS = ["SUCCEEDED", "PARTIAL", "FAILED", "TIMED_OUT", "ABORTED"] as const;

const ACTIONS = { run: "run", follow: "wait for it", skip: "–" } as const;

function planLines(planned: readonly PlannedDate[]): string[] {
  const rows = planned.map(({ date, state, run, action }) => [date, state, run ?? "–", ACTIONS[action]]);
  return table([{ title: "date" }, { title: "is" }, { title: "newest run" }, { title: "to do" }], rows);
}

function progressLine({ date, run = "", ended, took, reason }: BackfilledDate): string {
  const more = [took === undefined ? "" : duration(took), reason ?? ""].filter((text) => text !== "");
  return [`  ${date}`, (ended ?? "started").padEnd(9), run, ...more].join("  ");
}

function resultLines(results: readonly BackfilledDate[]): string[] {
  const rows = results
    .filter(({ action }) => action !== "skip")
    .map(({ date, state, run, ended, took }) => [
      date,
      state,
      run ?? "–",
      ended ?? (run === undefined ? "not started" : "goes on"),
      took === undefined ? "" : duration(took),
    ]);
  return table([{ title: "date" }, { title: "was" }, { title: "run" }, { title: "ended" }, right("took")], rows);
}
