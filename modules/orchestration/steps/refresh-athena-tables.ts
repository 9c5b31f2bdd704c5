import { jsonata } from "../asl";
import { failsRun, ignoreFailure, type RunContext, type RunStates, runPayload, variable } from "../run-context";
import { freeLock } from "./locks";

/** Step 6. Views, table checks and upkeep, and then the next run may publish. */
export function refreshAthenaTables(context: RunContext): RunStates {
  const { tasks, parts, settings } = context;
  return {
    RefreshAthenaTables: tasks.invoke(
      parts.functions.refreshTables,
      { ...runPayload(), withFiles: variable("withFiles") },
      settings.timeouts.refreshTables,
      {
        assign: { tables: jsonata("$states.result.Payload.tables") },
        catches: failsRun("RefreshAthenaTables", "ReleasePublishLockAfterFailure"),
        next: "ReleasePublishLock",
      },
    ),
    // All is published: a lock that cannot be released falls free by itself.
    ReleasePublishLock: tasks.call("updateItem", freeLock(context, "publish"), {
      catches: ignoreFailure("SummarizeRun"),
      next: "SummarizeRun",
    }),
  };
}
