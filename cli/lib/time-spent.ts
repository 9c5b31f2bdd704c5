import type { HistoryEvent } from "@aws-sdk/client-sfn";

/** Where the time of an execution went, in seconds. */
export interface TimeSpent {
  readonly total: number;
  /** A function, a job or another call was under way for it. */
  readonly work: number;
  /** Nothing was, and it waited as it was told to: for a crawler, for further files, for its turn. */
  readonly waits: number;
  /** Neither: what going from state to state took, and the pauses before retries. */
  readonly orchestration: number;
}

/** Events that begin work, and those that end it, whatever came of it. */
const WORK_BEGINS = new Set(["TaskScheduled", "MapRunStarted"]);
const WORK_ENDS = new Set([
  ...["TaskSucceeded", "TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed"],
  ...["MapRunSucceeded", "MapRunFailed", "MapRunAborted"],
]);

/**
 * @param events of an execution, oldest first
 * @returns where its time went; side by side with work, nothing else counts
 */
export function timeSpent(events: readonly HistoryEvent[]): TimeSpent {
  let [working, waiting] = [0, 0];
  const spent = { work: 0, waits: 0, orchestration: 0 };
  const first = events[0]?.timestamp?.getTime() ?? 0;
  let last = first;
  for (const { type = "", timestamp } of events) {
    const now = Math.max(last, timestamp?.getTime() ?? last);
    spent[working > 0 ? "work" : waiting > 0 ? "waits" : "orchestration"] += (now - last) / 1000;
    last = now;
    if (WORK_BEGINS.has(type)) working += 1;
    else if (WORK_ENDS.has(type)) working = Math.max(0, working - 1);
    else if (type === "WaitStateEntered") waiting += 1;
    else if (type === "WaitStateExited") waiting = Math.max(0, waiting - 1);
  }
  return { total: (last - first) / 1000, ...spent };
}
