import { type ExecutionListItem, ListExecutionsCommand } from "@aws-sdk/client-sfn";
import { type Item, member } from "../../functions/lib/dynamo";
import { RunLedger } from "../../functions/lib/run-ledger";
import { findRun, lookAtBatch, type RunState, stateMachineArn } from "../lib/batch";
import { orInterrupted } from "../lib/interrupt";
import { findLake, type Lake } from "../lib/lake";
import { stepLines } from "../lib/steps-display";
import { failureLines } from "../lib/summary";
import { duration, right, table } from "../lib/table";

export interface StatusOptions {
  readonly env: string;
  /** Name of a run: its steps are shown. */
  readonly run?: string | undefined;
  /** Only runs of this date. */
  readonly date?: string | undefined;
  /** How many runs, the newest. */
  readonly last: number;
  readonly json: boolean;
}

/** A run as a list shows it. */
interface ListedRun {
  readonly run: string;
  /** Undefined where it was refused before it was one. */
  readonly date: string | undefined;
  readonly trigger: string | undefined;
  readonly state: RunState | "REFUSED";
  readonly startedAt: string | undefined;
  readonly seconds: number | undefined;
  readonly costUsd: number | undefined;
}

/** `pipeline status`: the newest runs, or the steps of one. */
export async function pipelineStatus({ env, run, date, last, json }: StatusOptions): Promise<void> {
  const lake = await findLake(env);
  if (run !== undefined) return showRun(lake, run, json);
  const runs = await orInterrupted(date === undefined ? newestRuns(lake, last) : runsOfDate(lake, date, last));
  if (json) {
    console.log(JSON.stringify(runs, null, 2));
  } else if (runs.length === 0) {
    console.log(`  No batch ${date === undefined ? "" : `of ${date} `}has run in ${env} yet.`);
  } else {
    console.log(runLines(runs).join("\n"));
  }
}

function runLines(runs: readonly ListedRun[]): string[] {
  const rows = runs.map(({ run, state, date, trigger, startedAt, seconds, costUsd }) => [
    ...[run, state, date ?? "–", trigger ?? "–", startedAt?.slice(0, 19) ?? ""],
    seconds === undefined ? "" : duration(seconds),
    costUsd === undefined ? "" : costUsd.toFixed(4),
  ]);
  const titles = ["run", "state", "date", "started by", "started (UTC)"].map((title) => ({ title }));
  return table([...titles, right("took"), right("cost (USD)")], rows);
}

/**
 * The newest runs: what Step Functions has, and what the run ledger knows of them. (One that ended without some of its datasets, Step Functions
 * takes for succeeded; one that was refused, the ledger does not know.)
 */
async function newestRuns(lake: Lake, last: number): Promise<ListedRun[]> {
  const { executions = [] } = await lake.stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: await stateMachineArn(lake), maxResults: last }),
  );
  const entries = await ledgerOf(lake).newest(last);
  const byExecution = new Map(entries.map((entry) => [String(entry.execution ?? entry.run), entry]));
  const byRun = new Map(entries.map((entry) => [String(entry.run), entry]));
  return executions.map((execution) => {
    const { name = "" } = execution;
    return listed(execution, byExecution.get(name) ?? ofEarlierExecution(byRun.get(name)));
  });
}

/** What the entry of a run that was gone on with says of an execution before: how that ended and what it cost is the newest one's. */
function ofEarlierExecution(entry: Item | undefined): Item | undefined {
  if (entry === undefined) return undefined;
  const { state, cost_usd, ...rest } = entry;
  return rest;
}

async function runsOfDate(lake: Lake, date: string, last: number): Promise<ListedRun[]> {
  const entries = await ledgerOf(lake).ofDate(date);
  return entries.slice(0, last).map((entry) => listed({}, entry));
}

const ledgerOf = ({ names, dynamo }: Lake) => new RunLedger(names.runLedger, dynamo);

function listed({ name, status, startDate, stopDate }: Partial<ExecutionListItem>, entry: Item | undefined): ListedRun {
  const text = (field: string) => (entry?.[field] === undefined ? undefined : String(entry[field]));
  const start = startDate?.toISOString() ?? text("started_at");
  const end = stopDate?.toISOString() ?? text("ended_at") ?? new Date().toISOString();
  const cost = member(entry?.cost_usd, "total");
  return {
    run: name ?? text("run") ?? "",
    date: text("date"),
    trigger: text("trigger"),
    state: stateOf(status, entry),
    startedAt: start,
    seconds: start === undefined ? undefined : Math.max(0, (Date.parse(end) - Date.parse(start)) / 1_000),
    costUsd: typeof cost === "number" ? cost : undefined,
  };
}

const STATES = ["RUNNING", "SUCCEEDED", "PARTIAL", "FAILED", "TIMED_OUT", "ABORTED"] as const;

function stateOf(status: ExecutionListItem["status"], entry: Item | undefined): ListedRun["state"] {
  const entered = STATES.find((state) => state === entry?.state);
  if (status === undefined) return entered ?? "RUNNING";
  if (status === "SUCCEEDED") return entered === "PARTIAL" ? entered : status;
  return status === "FAILED" && entry === undefined ? "REFUSED" : status;
}

async function showRun(lake: Lake, name: string, json: boolean): Promise<void> {
  const execution = await findRun(lake, name);
  const progress = await orInterrupted(lookAtBatch(lake, execution));
  const entry = execution.date === "" ? undefined : await ledgerOf(lake).get(execution.date, execution.run);
  const { status, steps, failure } = progress;
  if (json) {
    console.log(
      JSON.stringify({ run: name, date: execution.date, state: status, steps, failure, ledger: entry }, null, 2),
    );
    return;
  }
  console.log(`Run ${name}: ${status}`);
  for (const { text } of stepLines(progress, new Date())) console.log(text);
  const failures = Array.isArray(entry?.failures) ? entry.failures : [];
  for (const one of failures)
    console.log(["", ...failureLines(textsOf(one), String(member(one, "dataset")))].join("\n"));
  if (failure) {
    console.log(`\n  ${failure.error}\n    ${failure.cause}`);
    console.log(`\n  Its logs: npm run pipeline -- logs ${name} --env ${lake.environment.name}`);
  }
  const cost = status === "RUNNING" ? undefined : costLine(entry);
  if (cost !== undefined) console.log(`\n${cost}`);
}

function textsOf(failure: Item[string]): { step: string; error: string; cause: string } {
  const text = (field: string) => String(member(failure, field) ?? "");
  return { step: text("step"), error: text("error"), cause: text("cause") };
}

/** What the run has cost, by what. */
function costLine(entry: Item | undefined): string | undefined {
  const dollars = (of: string) => Number(member(entry?.cost_usd, of) ?? 0).toFixed(4);
  if (member(entry?.cost_usd, "total") === undefined) return undefined;
  const parts = ["jobs", "crawlers", "queries", "transitions"].map((of) => `${of} ${dollars(of)}`);
  return `  Cost about ${dollars("total")} USD by list prices: ${parts.join(", ")}.\n  Code ${entry?.code ?? "unknown"}`;
}
