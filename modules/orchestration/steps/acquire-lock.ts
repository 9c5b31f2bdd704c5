import { jsonata } from "../asl";
import { failsRun, type RunContext, type RunStates } from "../run-context";
import { lockKey, NOT_OURS, takeLock } from "./locks";
import { ledgerUpdate } from "./run-record";

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
      next: "RecordStart",
    }),
    ReadLockHolder: tasks.call(
      "getItem",
      { TableName: context.parts.runLedger.tableName, Key: lockKey("date"), ConsistentRead: true },
      {
        assign: {
          holder: jsonata(`$exists($states.result.Item.run.S)
            ? 'run ' & $states.result.Item.run.S & ' until ' & $fromMillis($number($states.result.Item.expires_at.N) * 1000) & ' at the latest'
            : 'a run that has just ended'`),
        },
        // Not to know the holder is no reason to report anything but that there is one.
        catches: [
          {
            ErrorEquals: ["States.ALL"],
            Assign: { holder: "a run that could not be looked up" },
            Output: {},
            Next: "RunInProgress",
          },
        ],
        next: "RunInProgress",
      },
    ),
    RunInProgress: {
      Type: "Fail",
      Error: "RunInProgress",
      Cause: jsonata(
        "'The date ' & $date & ' is held by ' & $holder & '. Nothing was done: wait for it to end, or stop it, and start again.'",
      ),
    },
    RecordStart: tasks.call("updateItem", ledgerUpdate(context, { state: "RUNNING" }), {
      catches: failsRun("AcquireLock"),
      next: "ValidateFiles",
    }),
  };
}
