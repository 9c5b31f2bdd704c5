import { jsonata } from "../asl";
import { failsRun, type RunContext, type RunStates } from "../run-context";
import type { RunError } from "../run-steps";
import { NOT_OURS, takeLock } from "./locks";
import { ledgerUpdate } from "./run-record";
import { takeOver } from "./take-over";

/** What an earlier end of the run left in its record, where it is redriven. */
const OF_AN_END = ["ended_at", "failed_step", "error", "cause", "log", "failures", "closing", "told_at", "untold_at"];
/** Error of a run whose date another one holds. */
const RUN_IN_PROGRESS: RunError = "RunInProgress";

/**
 * One run at a time for a date. A run that finds the lock held ends there, names the holder, and leaves the lock and every
 * record as they are.
 */
export function acquireLock(context: RunContext): RunStates {
  const { tasks, settings } = context;
  return {
    AcquireLock: tasks.call("updateItem", takeLock(context, "date", settings.lease), {
      catches: [
        { ErrorEquals: [NOT_OURS], Output: {}, Next: "ReadLockHolder" },
        // The lock may be ours all the same, if only the answer got lost: the failure path releases it.
        ...failsRun("AcquireLock"),
      ],
      next: "IsRedrive",
    }),
    ...takeOver(context, {
      scope: "date",
      lease: settings.lease,
      step: "AcquireLock",
      states: { read: "ReadLockHolder", lookUp: "LookUpHolder", ended: "HolderEnded", take: "TakeOverLock" },
      next: "IsRedrive",
      refused: "RunInProgress",
      failed: "RecordFailure",
    }),
    RunInProgress: {
      Type: "Fail",
      Error: RUN_IN_PROGRESS,
      Cause: jsonata(`'The date ' & $date & ' is held by run ' & $holder & ', until ' & $until
        & ' at the latest. Nothing was done: wait for it to end, or stop it, and start again.'`),
    },
    RecordStart: tasks.call("updateItem", ledgerUpdate(context, { state: "RUNNING" }, OF_AN_END), {
      catches: failsRun("AcquireLock"),
      next: "WhereFrom",
    }),
  };
}
