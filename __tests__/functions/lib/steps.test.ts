import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { stepLines } from "../../../cli/lib/steps-display";
import { type StepView, secondsOf, stepsOf } from "../../../functions/lib/steps";

/** Writes a history: each event follows the one before, a second later, unless told otherwise. */
class History {
  readonly events: HistoryEvent[] = [];

  add(type: HistoryEvent["type"], after?: number): number {
    const id = this.events.length + 1;
    this.events.push({ id, type, previousEventId: after ?? id - 1, timestamp: at(id) });
    return id;
  }

  enter(...names: string[]): this {
    for (const name of names) {
      this.add("TaskStateEntered");
      const event = this.events.at(-1);
      if (event) event.stateEnteredEventDetails = { name };
    }
    return this;
  }
}

const at = (second: number) => new Date(Date.UTC(2025, 0, 31, 0, 0, second));
const states = (views: readonly StepView[]) => Object.fromEntries(views.map(({ step, state }) => [step, state]));
const view = (views: readonly StepView[], name: string) => {
  const found = views.find(({ step }) => step === name);
  if (found === undefined) throw new Error(`no step ${name}`);
  return found;
};

const UP_TO_JOBS = [
  "ReadInput",
  "AcquireLock",
  "RecordStart",
  "ValidateFiles",
  "LookForFiles",
  "BuildManifest",
  "HasFiles",
  "RunCrawlers",
  "GetCrawler",
  "EtlJobs",
];
const REST = [
  "DataQualityChecks",
  "QualityVerdict",
  "AcquirePublishLock",
  "MergeMasterData",
  "RefreshAthenaTables",
  "ReleasePublishLock",
  "SummarizeRun",
  "SendNotification",
  "ReleaseLock",
  "Succeeded",
];

test("a run on its way: what is over, what runs, what waits", () => {
  const views = stepsOf(new History().enter(...UP_TO_JOBS, "EtlReviews").events);
  expect(states(views)).toEqual({
    AcquireLock: "succeeded",
    ValidateFiles: "succeeded",
    RunCrawlers: "succeeded",
    EtlJobs: "running",
    DataQualityChecks: "waiting",
    MergeMasterData: "waiting",
    RefreshAthenaTables: "waiting",
    SendNotification: "waiting",
    ReleaseLock: "waiting",
  });
  // From the state that begins a step to the one that begins the next.
  expect(secondsOf(view(views, "ValidateFiles"), at(99))).toBe(4);
  expect(secondsOf(view(views, "EtlJobs"), at(20))).toBe(10);
  expect(secondsOf(view(views, "MergeMasterData"), at(20))).toBe(0);
});

test("a run that went well", () => {
  const history = new History().enter(...UP_TO_JOBS, ...REST);
  history.add("ExecutionSucceeded");
  const views = stepsOf(history.events);
  expect(new Set(Object.values(states(views)))).toEqual(new Set(["succeeded"]));
  expect(views.every(({ endedAt }) => endedAt !== undefined)).toBe(true);
});

test("a run without files passes steps over", () => {
  const history = new History().enter(...UP_TO_JOBS.slice(0, 7), ...REST.slice(6));
  history.add("ExecutionSucceeded");
  expect(states(stepsOf(history.events))).toMatchObject({
    ValidateFiles: "succeeded",
    RunCrawlers: "skipped",
    EtlJobs: "skipped",
    RefreshAthenaTables: "skipped",
    SendNotification: "succeeded",
  });
});

const TOLD = [
  "RecordFailure",
  "SummarizeFailure",
  "NeedsQualityAlert",
  "SendFailureNotification",
  "ReleaseLockAfterFailure",
  "Failed",
];

test.each([
  ["a job", [...UP_TO_JOBS, ...TOLD], "EtlJobs", "DataQualityChecks"],
  [
    "the quality verdict",
    [...UP_TO_JOBS, ...REST.slice(0, 2), "RejectQuality", ...TOLD],
    "DataQualityChecks",
    "MergeMasterData",
  ],
  [
    "the merge, with its lock to release",
    [...UP_TO_JOBS, ...REST.slice(0, 4), "ReleasePublishLockAfterFailure", ...TOLD],
    "MergeMasterData",
    "RefreshAthenaTables",
  ],
])("%s fails: that step has failed, and people are told", (_, names, failed, notReached) => {
  const history = new History().enter(...names);
  history.add("ExecutionFailed");
  expect(states(stepsOf(history.events))).toMatchObject({
    [failed]: "failed",
    [notReached]: "skipped",
    SendNotification: "succeeded",
  });
});

test("a run that is stopped from outside", () => {
  const history = new History().enter(...UP_TO_JOBS);
  history.add("ExecutionAborted");
  expect(states(stepsOf(history.events))).toMatchObject({ EtlJobs: "failed", DataQualityChecks: "waiting" });
});

test("attempts are counted by state: side by side is not one after the other", () => {
  const history = new History().enter(...UP_TO_JOBS);
  const [first, second] = ["EtlReviews", "EtlProducts"].map((name) => history.enter(name).events.length);
  history.add("TaskScheduled", first);
  history.add("TaskScheduled", second);
  expect(view(stepsOf(history.events), "EtlJobs").attempt).toBe(1);
  const failure = history.add("TaskFailed", history.events.length);
  history.add("TaskScheduled", failure);
  expect(view(stepsOf(history.events), "EtlJobs").attempt).toBe(2);
});

test("each step is a line: mark, state, attempt, time, rows", () => {
  const steps = stepsOf(new History().enter(...UP_TO_JOBS).events);
  view(steps, "EtlJobs").attempt = 2;
  const file = { accepted: 1, duplicate: 1, rejected: 0, rows: 1234, bytes: 1 };
  const none = { accepted: 0, duplicate: 0, rejected: 0, rows: 0, bytes: 0 };
  const files = { transactions: file, products: none, clickstream: none, reviews: file };
  const rows = { transactions: { in: 10, out: 1000, quarantined: 0, duplicates: 0 } };
  const lines = stepLines({ status: "RUNNING", steps, files, rows }, at(70));
  expect(lines.map(({ text }) => text.replace(/ +/g, " "))).toEqual([
    " ✓ 1 Validate files succeeded 4.0 s 2,468 rows in 2 files; 2 duplicate, 0 rejected",
    " ✓ 2 Run crawlers succeeded 2.0 s",
    " ▸ 3 ETL jobs running attempt 2 1 min 00 s 1,000 rows (transactions)",
    " · 4 Data quality checks waiting",
    " · 5 Merge master data waiting",
    " · 6 Refresh Athena tables waiting",
    " · 7 Send notification waiting",
  ]);
  // In a log a running step is told once, not every second; what waits is not told at all.
  expect(lines[2]?.plain).not.toContain("min");
  expect(lines[3]?.plain).toBeUndefined();
});
