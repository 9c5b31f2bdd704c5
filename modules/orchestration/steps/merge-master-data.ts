import { jsonata } from "../asl";
import { failsRun, failure, ignoreFailure, type RunContext, type RunStates } from "../run-context";
import { JOB_STOPPED, jobArguments, jobStopped } from "./etl-jobs";
import { freeLock, NOT_OURS, takeLock } from "./locks";
import { takeOver } from "./take-over";

/**
 * Step 5. Publishes, one run at a time: the tables are moved to their audited branches, and that fails where another run moved
 * or compacted them meanwhile. A run waits for its turn, which costs nothing here, and keeps it until the tables are
 * refreshed. (The job holds a lock of its own besides: it alone knows whether it is still alive.)
 */
export function mergeMasterData(context: RunContext): RunStates {
  const { tasks, parts, settings } = context;
  const { wait, interval } = settings.publishTurn;
  // What the lock protects, and as much again for retries.
  const lease = 2 * (settings.timeouts.merge + settings.timeouts.refreshTables);
  const failsMerge = failsRun("MergeMasterData", "ReleasePublishLockAfterFailure");
  return {
    // A run that was stopped and redriven may have lost its date meanwhile: then it must not publish.
    RenewLock: tasks.call("updateItem", takeLock(context, "date", settings.lease), {
      assign: { turnsWaited: 0 },
      catches: [
        {
          ErrorEquals: [NOT_OURS],
          Assign: failure(
            "MergeMasterData",
            "LockLost",
            "Another run has taken over the date. Nothing of this one was published.",
          ),
          Output: {},
          Next: "RecordFailure",
        },
        ...failsRun("MergeMasterData"),
      ],
      next: "AcquirePublishLock",
    }),
    AcquirePublishLock: tasks.call("updateItem", takeLock(context, "publish", lease), {
      catches: [{ ErrorEquals: [NOT_OURS], Output: {}, Next: "ReadPublisher" }, ...failsMerge],
      next: "MergeMasterData",
    }),
    ...takeOver(context, {
      scope: "publish",
      lease,
      step: "MergeMasterData",
      states: {
        read: "ReadPublisher",
        lookUp: "LookUpPublisher",
        ended: "PublisherEnded",
        take: "TakeOverPublishLock",
      },
      next: "MergeMasterData",
      refused: "TurnsLeft",
      failed: "ReleasePublishLockAfterFailure",
    }),
    TurnsLeft: {
      Type: "Choice",
      Choices: [{ Condition: jsonata(`$turnsWaited < ${Math.ceil(wait / interval)}`), Next: "WaitForTurn" }],
      Default: "RejectTurn",
    },
    WaitForTurn: {
      Type: "Wait",
      Seconds: interval,
      Assign: { turnsWaited: jsonata("$turnsWaited + 1") },
      Output: {},
      Next: "AcquirePublishLock",
    },
    RejectTurn: {
      Type: "Pass",
      Assign: failure(
        "MergeMasterData",
        "PublishInProgress",
        jsonata(`'Other runs have been publishing for ${wait} seconds, now run ' & $holder
          & '. Nothing of this one was published: start it again.'`),
      ),
      Output: {},
      Next: "RecordFailure",
    },
    MergeMasterData: tasks.runJob(
      parts.mergeJob.name,
      { ...jobArguments(), "--datasets": jsonata("$join($withFiles, ',')") },
      settings.timeouts.merge,
      {
        assign: { mergeRun: jsonata("$states.result.Id"), mergeState: jsonata("$states.result.JobRunState") },
        catches: failsMerge,
        next: "MergeEnded",
      },
    ),
    MergeEnded: {
      Type: "Choice",
      Choices: [{ Condition: jsonata("$mergeState = 'SUCCEEDED'"), Next: "RefreshAthenaTables" }],
      Default: "RejectMerge",
    },
    RejectMerge: {
      Type: "Pass",
      Assign: failure("MergeMasterData", JOB_STOPPED, jobStopped(parts.mergeJob.name, "$mergeRun", "$mergeState")),
      Output: {},
      Next: "ReleasePublishLockAfterFailure",
    },
    ReleasePublishLockAfterFailure: tasks.call("updateItem", freeLock(context, "publish"), {
      catches: ignoreFailure("RecordFailure"),
      next: "RecordFailure",
    }),
  };
}
