import { setTimeout as sleep } from "node:timers/promises";
import type { Dataset } from "../../contracts";
import { RunLedger } from "../../functions/lib/run-ledger";
import { type BatchProgress, type Execution, followBatch, newRunName, startBatch } from "../lib/batch";
import { interrupt } from "../lib/interrupt";
import type { Lake } from "../lib/lake";
import { FaultPlan, type FaultState } from "./fault-plan";
import { Inbox, type Notice } from "./inbox";
import { lookAtTables, type PlayedDataset, type TablesState, uploadVersion } from "./tables";

/** Milliseconds for which what goes on after the end of a run is waited for: `close-run` hears of it by an event. */
const AFTERMATH_MS = 20_000;
const LOOK_MS = 500;

/** What became of a run, seen from outside. */
export interface Observation {
  readonly run: string;
  readonly status: BatchProgress["status"];
  readonly error: string;
  readonly cause: string;
  /** Of the run ledger; undefined where it has no entry. */
  readonly ledger: Readonly<Record<string, unknown>> | undefined;
  readonly notices: readonly Notice[];
  /** Whether its end lies in `unclosed-runs`, on which an alarm stands. */
  readonly unheard: boolean;
  /** Runs that hold the date or the right to publish. */
  readonly holders: readonly string[];
  readonly tables: TablesState;
  /** Tries of each step that was entered. */
  readonly steps: readonly { readonly step: string; readonly attempt: number }[];
}

/** A local AWS on which runs are broken. */
export class Lab {
  readonly faults: FaultPlan;
  readonly ledger: RunLedger;
  /** Whether any run has published yet: its tables have rows, then. */
  hasPublished = false;
  private readonly versions = new Map<string, number>();

  private constructor(
    readonly lake: Lake,
    endpoint: string,
    private inbox: Inbox,
  ) {
    this.faults = new FaultPlan(endpoint);
    this.ledger = new RunLedger(lake.names.runLedger, lake.dynamo);
  }

  static async open(lake: Lake, endpoint: string): Promise<Lab> {
    const lab = new Lab(lake, endpoint, await Inbox.open(lake));
    // Files start no run here: each run is the suite's own.
    await lab.faults.ask({ target: "lambda:start-pipeline", fault: "crash", times: "always" });
    return lab;
  }

  /** Subscribes anew, after a topic was made anew. */
  async reopenInbox(): Promise<void> {
    this.inbox = await Inbox.open(this.lake);
  }

  /** @returns the version of the date's files that was uploaded last; 0 where there is none */
  version(date: string): number {
    return this.versions.get(date) ?? 0;
  }

  /** Uploads the next version of a date's files. */
  async uploadNext(date: string, datasets: readonly PlayedDataset[]): Promise<void> {
    const version = this.version(date) + 1;
    for (const dataset of datasets) await uploadVersion(this.lake, dataset, date, version);
    this.versions.set(date, version);
  }

  /** @returns what the published tables of datasets hold of a date */
  async tables(date: string, datasets: readonly PlayedDataset[]): Promise<TablesState> {
    const tables = await lookAtTables(this.lake, datasets, date, this.version(date));
    const versions = Object.values(tables).flatMap((held) => Object.values(held));
    this.hasPublished ||= versions.some((version) => version !== 0);
    return tables;
  }

  newRun(date: string): string {
    return newRunName(date);
  }

  start(date: string, run: string, datasets: readonly Dataset[]): Promise<Execution> {
    return startBatch(this.lake, date, { datasets }, run);
  }

  follow(execution: Execution): Promise<BatchProgress> {
    return followBatch(this.lake, execution, () => {});
  }

  /** Waits until faults have struck so often. */
  async untilStruck(faults: readonly FaultState[], times = 1): Promise<void> {
    const wanted = new Set(faults.map(({ id }) => id));
    for (;;) {
      const states = (await this.faults.list()).filter(({ id }) => wanted.has(id));
      if (states.every(({ struck }) => struck >= times)) return;
      await sleep(LOOK_MS, undefined, { signal: interrupt });
    }
  }

  /** Waits for a run's end and what follows it, and looks at all that it left. */
  async observe(execution: Execution, datasets: readonly PlayedDataset[]): Promise<Observation> {
    const { run, date } = execution;
    const progress = await this.follow(execution);
    const { status, failure, steps } = progress;
    const { notices, unheard } = await this.aftermath(date, run, status);
    const entry = await this.ledger.get(date, run);
    const tables = await this.tables(date, datasets);
    const entered = steps.filter(({ startedAt }) => startedAt !== undefined);
    return {
      run,
      status,
      error: failure?.error ?? "",
      cause: failure?.cause ?? "",
      ledger: entry,
      notices,
      unheard,
      holders: await this.holders(date),
      tables,
      steps: entered.map((view) => ({
        step: view.step,
        attempt: view.attempt,
      })),
    };
  }

  /** What is told at and after the end of a run, waited for as long as there is reason to. */
  private async aftermath(
    date: string,
    run: string,
    status: string,
  ): Promise<Pick<Observation, "notices" | "unheard">> {
    const notices: Notice[] = [];
    let unheard = false;
    const look = async () => {
      notices.push(...(await this.inbox.read()));
      unheard ||= (await this.inbox.readDeadLetters()).some((letter) => letter.includes(run));
    };
    await look();
    const end = Date.now() + AFTERMATH_MS;
    const isSettled = async () =>
      (unheard || notices.some(({ subject }) => subject.includes(date))) &&
      (await this.holders(date)).length === 0 &&
      (status === "SUCCEEDED" || (await this.ledger.get(date, run))?.state !== "RUNNING");
    while (!(await isSettled()) && Date.now() < end) {
      await sleep(LOOK_MS, undefined, { signal: interrupt });
      await look();
    }
    return { notices, unheard };
  }

  private async holders(date: string): Promise<string[]> {
    const holders = await Promise.all([date, "PUBLISH"].map((lock) => this.ledger.holderOf(lock)));
    return holders.filter((holder) => holder !== undefined);
  }
}
