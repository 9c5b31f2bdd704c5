import type { ExecutionClass, WorkerType } from "./etl-props";

/** What a job is unless its props say otherwise. */
export const DEFAULTS = Object.freeze({
  workerType: "G.1X" satisfies WorkerType as WorkerType,
  maxWorkers: 2,
  timeoutMinutes: 60,
  maxConcurrentRuns: 1,
  executionClass: "STANDARD" satisfies ExecutionClass as ExecutionClass,
  sparkUi: true,
  logRetentionDays: 30,
});
