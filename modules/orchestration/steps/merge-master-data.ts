import { jsonata } from "../asl";
import { waitFor } from "../retries";
import { failsRun, failure, type RunContext, type RunStates } from "../run-context";
import { JOB_STOPPED, jobArguments, jobStopped } from "./etl-jobs";
import { freeLock, NOT_OURS, takeLock } from "./locks";

/**
 * Step 5. Publishes, one run at a time: the tables are moved to their audited branches, and that fails where another run moved
 * them meanwhile. A run waits for its turn and keeps it until the tables are refreshed.
 */
export function mergeMasterData(context: RunContext): RunStates {
  const { tasks, parts, settings } = context;
  const { merge, refreshTables } = settings.timeouts;
  return {
    AcquireMergeLock: tasks.call("updateItem", takeLock(context, "merge", mergeLease(merge + refreshTables)), {
      retries: [waitFor([NOT_OURS], settings.mergeTurn)],
      catches: [
        {
          ErrorEquals: [NOT_OURS],
          Assign: failure(
            "MergeMasterData",
            "MergeInProgress",
            `Other runs have been publishing for ${settings.mergeTurn.wait} seconds. Nothing of this one was published: start it again.`,
          ),
          Output: {},
          Next: "RecordFailure",
        },
        ...failsRun("MergeMasterData", "ReleaseMergeLockAfterFailure"),
      ],
      next: "MergeMasterData",
    }),
    MergeMasterData: tasks.runJob(
      parts.mergeJob.name,
      { ...jobArguments(), "--datasets": jsonata("$join($withFiles, ',')") },
      merge,
      {
        assign: { mergeRun: jsonata("$states.result.Id"), mergeState: jsonata("$states.result.JobRunState") },
        catches: failsRun("MergeMasterData", "ReleaseMergeLockAfterFailure"),
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
      Next: "ReleaseMergeLockAfterFailure",
    },
    ReleaseMergeLockAfterFailure: tasks.call("updateItem", freeLock(context, "merge"), {
      catches: [{ ErrorEquals: ["States.ALL"], Output: {}, Next: "RecordFailure" }],
      next: "RecordFailure",
    }),
  };
}

/** Seconds: what the lock protects, and as much again as its retries may add. */
function mergeLease(seconds: number): number {
  return 2 * seconds;
}
