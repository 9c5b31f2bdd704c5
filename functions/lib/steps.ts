import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { FAILED_ALONE, RUN_STEP_NAMES, type RunStep, runStepOf } from "../../modules/orchestration/run-steps";

/** The seven steps that people follow; taking and releasing the lock go without saying. */
export const SHOWN_STEPS: readonly RunStep[] = RUN_STEP_NAMES.filter(
  (step) => step !== "AcquireLock" && step !== "ReleaseLock",
);

/** `partial`: done, but for datasets that failed. */
export type StepState = "waiting" | "running" | "succeeded" | "partial" | "failed" | "skipped";

/** What became of one step of a run. */
export interface StepView {
  readonly step: RunStep;
  state: StepState;
  /** 1, or more where something in the step was tried again. */
  attempt: number;
  startedAt?: Date;
  endedAt?: Date;
}

/** States that a run enters only because something failed. */
const FAILURE_PATH = new Set([
  "InvalidInput",
  "RunInProgress",
  "RejectRedrive",
  "RejectQuality",
  "ReleasePublishLockAfterFailure",
  "RecordFailure",
  "ReleaseLockAfterFailure",
  "Failed",
]);

/** Events that end the execution. */
const ENDS = new Set(["ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"]);

/**
 * Reads what became of each step out of an execution's history.
 *
 * @param events all so far, oldest first
 * @returns every step, in order
 */
export function stepsOf(events: readonly HistoryEvent[]): StepView[] {
  const views = new Map(RUN_STEP_NAMES.map((step) => [step, newView(step)]));
  const view = (step: RunStep) => views.get(step) ?? newView(step);
  const attempts = new Attempts(events);
  let current: StepView | undefined;
  let failed = false;

  let withoutSome = false;

  const end = (state: "succeeded" | "failed", at: Date | undefined) => {
    if (current?.state !== "running") return;
    current.state = withoutSome && state === "succeeded" ? "partial" : state;
    withoutSome = false;
    if (at) current.endedAt = at;
  };

  for (const event of events) {
    const { timestamp, type = "" } = event;
    const name = event.stateEnteredEventDetails?.name;
    if (name !== undefined && FAILURE_PATH.has(name) && !failed) {
      failed = true;
      // A quality verdict is the failure of the step it belongs to, and so is any error that brought us here.
      end("failed", timestamp);
    }
    if (name?.endsWith(FAILED_ALONE) && !failed) withoutSome = true;
    const step = name === undefined ? undefined : runStepOf(name);
    // The failure path's own states belong to steps too: of those only the notification is done there.
    if (step !== undefined && step !== current?.step && !(failed && name !== undefined && !NOTIFIES.has(name))) {
      end("succeeded", timestamp);
      current = view(step);
      current.state = "running";
      if (timestamp) current.startedAt = timestamp;
    }
    if (type === "TaskScheduled" && current) current.attempt = Math.max(current.attempt, attempts.of(event));
    if (ENDS.has(type)) end(type === "ExecutionSucceeded" || failed ? "succeeded" : "failed", timestamp);
  }
  skipPassedOver(views, current);
  return [...views.values()];
}

/** States of the failure path in which people are told. */
const NOTIFIES = new Set(["SummarizeFailure", "SendQualityAlert", "SendFailureNotification"]);

const newView = (step: RunStep): StepView => ({ step, state: "waiting", attempt: 1 });

function skipPassedOver(views: ReadonlyMap<RunStep, StepView>, current: StepView | undefined): void {
  if (current === undefined) return;
  for (const step of RUN_STEP_NAMES.slice(0, RUN_STEP_NAMES.indexOf(current.step))) {
    const passed = views.get(step);
    if (passed?.state === "waiting") passed.state = "skipped";
  }
}

/** Counts how often the same state scheduled its task. */
class Attempts {
  private readonly byId: ReadonlyMap<number, HistoryEvent>;
  private readonly seen = new Map<number, number>();

  constructor(events: readonly HistoryEvent[]) {
    this.byId = new Map(events.map((event) => [event.id ?? 0, event]));
  }

  /** @returns the number of this attempt: a retry follows, link by link, from the event that entered the state */
  of(scheduled: HistoryEvent): number {
    let event: HistoryEvent | undefined = scheduled;
    while (event !== undefined && event.stateEnteredEventDetails === undefined) {
      event = event.previousEventId ? this.byId.get(event.previousEventId) : undefined;
    }
    const entered = event?.id ?? 0;
    const attempt = (this.seen.get(entered) ?? 0) + 1;
    this.seen.set(entered, attempt);
    return attempt;
  }
}

/**
 * @param view a step
 * @param now for a step that still runs
 * @returns how long it took, in seconds
 */
export function secondsOf({ startedAt, endedAt }: StepView, now: Date): number {
  return startedAt === undefined ? 0 : Math.max(0, ((endedAt ?? now).getTime() - startedAt.getTime()) / 1000);
}
