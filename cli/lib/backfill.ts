import type { Item } from "../../functions/lib/dynamo";
import { messageOf } from "./errors";

/** What is to be said of a date before a backfill. */
export type DateState =
  /** Its newest run went well. */
  | "succeeded"
  /** So it did, but for datasets that failed. */
  | "partial"
  /** Its newest run did not: it failed, was stopped, or ran out of time. */
  | "failed"
  /** Files came, and nothing was run for them. */
  | "missing"
  /** Nothing came, and nothing was run. */
  | "empty"
  /** A run is under way. */
  | "running";

/** The dates that a backfill may be asked to run; those that are partial are among the failed. */
export const SELECTIONS = ["failed", "missing", "all"] as const;
export type Selection = (typeof SELECTIONS)[number];

/** What is known of a date. */
export interface KnownDate {
  readonly date: string;
  readonly state: DateState;
  /** The newest run; undefined where there was none. */
  readonly run: string | undefined;
}

/** What a backfill does about a date. `follow`: a run of it is under way, and its end is waited for. */
export interface PlannedDate extends KnownDate {
  readonly action: "run" | "follow" | "skip";
}

/** How a run ended. `HELD`: it did nothing, because another run had the date. `LOST`: nobody can say. */
export type Ended = "SUCCEEDED" | "PARTIAL" | "FAILED" | "TIMED_OUT" | "ABORTED" | "HELD" | "LOST";

export interface BackfilledDate extends PlannedDate {
  readonly run: string | undefined;
  /** Undefined where it was skipped, or not reached. */
  readonly ended: Ended | undefined;
  /** Seconds. */
  readonly took: number | undefined;
  /** Why nobody can say how it ended. */
  readonly reason?: string;
}

/**
 * Says what is known of a date.
 *
 * @param runs of the date, newest first, as the run ledger has them
 * @param isRunning whether the newest, where the ledger takes it for running, is so in truth
 * @param hasFiles whether anything came for it; asked only where nothing was run
 */
export async function stateOf(
  runs: readonly Item[],
  isRunning: (run: string) => Promise<boolean>,
  hasFiles: () => Promise<boolean>,
): Promise<DateState> {
  const [newest] = runs;
  if (newest === undefined) return (await hasFiles()) ? "missing" : "empty";
  if (newest.state === "SUCCEEDED") return "succeeded";
  if (newest.state === "PARTIAL") return "partial";
  if (newest.state === "RUNNING" && (await isRunning(String(newest.run)))) return "running";
  return "failed";
}

/**
 * Decides which dates are run.
 *
 * @param done dates that an earlier part of the same backfill has run, however that ended: they are not run again
 */
export function plan(
  dates: readonly KnownDate[],
  only: readonly Selection[],
  done: ReadonlySet<string> = new Set(),
): PlannedDate[] {
  const isWanted = ({ date, state }: KnownDate) =>
    !done.has(date) &&
    (only.includes("all") || only.some((selection) => selection === (state === "partial" ? "failed" : state)));
  return dates.map((known) => {
    if (known.state === "running") return { ...known, action: "follow" };
    return { ...known, action: isWanted(known) ? "run" : "skip" };
  });
}

/** What a backfill does in the world. */
export interface Runs {
  /** Starts the run of a date. @returns its name */
  start(date: string): Promise<string>;
  /** Waits for the end of a run. */
  end(run: string): Promise<{ readonly ended: Ended; readonly took: number }>;
}

/**
 * Carries a plan out: oldest first, and never more than so many runs at once, those included that were under way before. What is
 * under way is waited for first, so that there is room for no more than there may be.
 *
 * One date's failure is not another's. When it is to stop, nothing more is started, and what was started is left to itself.
 *
 * @param most runs at once
 * @param signal aborted when it is to stop
 * @param onChange called when a date is started or ends
 * @returns what became of each date of the plan, in its order
 */
export async function carryOut(
  planned: readonly PlannedDate[],
  runs: Runs,
  most: number,
  signal: AbortSignal,
  onChange: (date: BackfilledDate) => void,
): Promise<BackfilledDate[]> {
  const results = new Map<string, BackfilledDate>();
  const tell = (result: BackfilledDate) => {
    results.set(result.date, result);
    onChange(result);
  };
  const queue = [
    ...planned.filter(({ action }) => action === "follow"),
    ...planned.filter(({ action }) => action === "run"),
  ];
  const next = queue.values();
  const work = async () => {
    for (const date of next) {
      if (signal.aborted) return;
      let run = date.action === "follow" ? date.run : undefined;
      try {
        run ??= await runs.start(date.date);
        tell({ ...date, run, ended: undefined, took: undefined });
        tell({ ...date, run, ...(await runs.end(run)) });
      } catch (error) {
        if (signal.aborted) return;
        tell({ ...date, run, ended: "LOST", took: undefined, reason: messageOf(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: most }, work));
  return planned.map((date) => results.get(date.date) ?? { ...date, ended: undefined, took: undefined });
}
