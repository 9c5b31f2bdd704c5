import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { price, unitPrice } from "../../prices";
import { type StepView, secondsOf, stepsOf } from "../lib/steps";
import type { JobUsage } from "./job-runs";

/** What a run did and used, once it is over. */
export interface Account {
  readonly steps: readonly StepAccount[];
  /** State transitions of the run's own execution; those of step 1's child executions, a few for a hundred files, are not among them. */
  readonly transitions: number;
  readonly crawls: number;
  readonly dpuSeconds: number;
  /** Bytes that the run's queries read. */
  readonly bytesScanned: number;
  readonly cost: RunCost;
}

/** A step that the run came to. */
export interface StepAccount {
  readonly step: string;
  readonly state: StepView["state"];
  readonly attempts: number;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly seconds: number;
}

/**
 * What a run has cost, in US dollars: an estimate by list prices, without what an account has free, and without what is too little to count (functions,
 * requests) or is paid for anyway (storage, keys, alarms).
 */
export interface RunCost {
  readonly jobs: number;
  readonly crawlers: number;
  readonly queries: number;
  readonly transitions: number;
  readonly total: number;
}

/** What is known besides the history. */
export interface Used {
  readonly jobs: readonly JobUsage[];
  /** Bytes that each query read. */
  readonly queries: readonly number[];
  readonly endedAt: Date;
}

/** DPUs of a crawler, as in the example of Glue's price page. */
const CRAWLER_DPUS = 2;
const HOUR = 3_600;

/**
 * Adds up what a run did.
 *
 * @param history all events of its execution, oldest first.
 */
export function accountOf(history: readonly HistoryEvent[], { jobs, queries, endedAt }: Used): Account {
  const transitions = count(history, (type) => type.endsWith("StateEntered")) + retries(history);
  const crawls = crawlSeconds(history);
  const cost = {
    jobs: sum(jobs.map(costOfJob)),
    crawlers: sum(crawls.map(costOfCrawl)),
    queries: sum(queries.map(costOfQuery)),
    transitions: transitions * unitPrice("stepFunctions.transition"),
  };
  return {
    steps: stepsOf(history).flatMap((view) => stepAccount(view, endedAt) ?? []),
    transitions,
    crawls: crawls.length,
    dpuSeconds: sum(jobs.map(({ dpuSeconds }) => dpuSeconds)),
    bytesScanned: sum(queries),
    cost: { ...rounded(cost), total: round(sum(Object.values(cost))) },
  };
}

function stepAccount(view: StepView, endedAt: Date): StepAccount | undefined {
  const { step, state, attempt, startedAt } = view;
  if (startedAt === undefined) return undefined;
  const ended = view.endedAt ?? endedAt;
  return {
    step,
    state,
    attempts: attempt,
    startedAt: startedAt.toISOString(),
    endedAt: ended.toISOString(),
    seconds: Math.round(secondsOf(view, ended) * 1_000) / 1_000,
  };
}

/** Attempts after the first: each is a transition of its own. */
function retries(history: readonly HistoryEvent[]): number {
  const attempts = count(history, (type) => type === "TaskScheduled");
  return Math.max(0, attempts - count(history, (type) => type === "TaskStateEntered"));
}

const count = (history: readonly HistoryEvent[], counts: (type: string) => boolean) =>
  history.filter(({ type }) => type !== undefined && counts(type)).length;

/** How long each crawl took that was started, as far as the execution saw it. */
function crawlSeconds(history: readonly HistoryEvent[]): number[] {
  const started = history.filter(({ stateEnteredEventDetails: entered }) => entered?.name === "WaitForCrawler");
  const byId = new Map(history.map((event) => [event.id, event]));
  const looks = new Map<number, { first: Date; last: Date }>();
  for (const event of started) {
    // The crawl is that of the state that started it: all looks of one Map iteration lead back to it.
    let root: HistoryEvent | undefined = event;
    while (root !== undefined && root.stateEnteredEventDetails?.name !== "StartCrawler") {
      root = byId.get(root.previousEventId ?? 0);
    }
    if (root?.id === undefined || event.timestamp === undefined) continue;
    const look = looks.get(root.id);
    looks.set(root.id, { first: look?.first ?? event.timestamp, last: event.timestamp });
  }
  return [...looks.values()].map(({ first, last }) => (last.getTime() - first.getTime()) / 1_000);
}

function costOfJob({ dpuSeconds, seconds, flex }: JobUsage): number {
  const name = flex ? "glue.jobFlex" : "glue.job";
  const least = price(name).minimumSeconds ?? 0;
  const billed = seconds > 0 && seconds < least ? (dpuSeconds * least) / seconds : dpuSeconds;
  return (billed / HOUR) * unitPrice(name);
}

function costOfCrawl(seconds: number): number {
  const billed = Math.max(seconds, price("glue.crawler").minimumSeconds ?? 0);
  return CRAWLER_DPUS * (billed / HOUR) * unitPrice("glue.crawler");
}

function costOfQuery(bytes: number): number {
  const billed = Math.max(bytes, price("athena.scanned").minimumBytes ?? 0);
  return (billed / 1e12) * unitPrice("athena.scanned");
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
/** To a ten-thousandth of a cent: a run without files costs less than a cent, and not nothing. */
const round = (dollars: number) => Math.round(dollars * 1e6) / 1e6;

function rounded<T extends Readonly<Record<string, number>>>(costs: T): { [K in keyof T]: number } {
  const entries = Object.entries(costs).map(([name, dollars]) => [name, round(dollars)]);
  // Object.fromEntries forgets the names, which are those of the costs.
  return Object.fromEntries(entries) as { [K in keyof T]: number };
}
