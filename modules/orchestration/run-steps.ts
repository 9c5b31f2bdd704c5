/**
 * The steps of a run, in order, as people see them, each with the states of the machine that belong to it. States inside a
 * Map or Parallel belong to the step of the state that holds them and are not listed. The outcomes of single datasets, and `Partial`, are
 * there where the environment goes on without a dataset that failed.
 */
export const RUN_STEPS = {
  AcquireLock: [
    "ReadInput",
    "ValidateInput",
    "InvalidInput",
    "AcquireLock",
    "ReadLockHolder",
    "LookUpHolder",
    "HolderEnded",
    "TakeOverLock",
    "RunInProgress",
    "IsRedrive",
    "ReadRun",
    "Redrivable",
    "RejectRedrive",
    "RecordStart",
    "WhereFrom",
  ],
  ValidateFiles: [
    "ValidateFiles",
    "BuildManifest",
    "FilesSettled",
    "WaitForFiles",
    "HasFiles",
    "ReadManifest",
    "ResumeAt",
  ],
  RunCrawlers: ["RunCrawlers", "CrawlOutcome"],
  EtlJobs: ["EtlJobs", "EtlOutcome", "RejectDatasets"],
  DataQualityChecks: ["DataQualityChecks", "QualityVerdict", "RejectQuality"],
  MergeMasterData: [
    "RenewLock",
    "AcquirePublishLock",
    "ReadPublisher",
    "LookUpPublisher",
    "PublisherEnded",
    "TakeOverPublishLock",
    "TurnsLeft",
    "WaitForTurn",
    "RejectTurn",
    "MergeMasterData",
    "MergeEnded",
    "RejectMerge",
  ],
  RefreshAthenaTables: ["RefreshAthenaTables", "ReleasePublishLock", "ReleasePublishLockAfterFailure"],
  SendNotification: [
    "SummarizeRun",
    "SendNotification",
    "RecordFailure",
    "SummarizeFailure",
    "NeedsQualityAlert",
    "SendQualityAlert",
    "SendFailureNotification",
    "RecordUntold",
  ],
  ReleaseLock: ["ReleaseLock", "RunOutcome", "Succeeded", "Partial", "ReleaseLockAfterFailure", "Failed"],
} as const satisfies Record<string, readonly string[]>;

/** Errors of the state machine's own that others know by name. */
export const RUN_ERRORS = ["RunInProgress", "DataQualityFailed"] as const;
export type RunError = (typeof RUN_ERRORS)[number];

/** A step of a run. A failure record names one of these. */
export type RunStep = keyof typeof RUN_STEPS;

/** A state of the machine's outermost level. */
export type RunState = (typeof RUN_STEPS)[RunStep][number];

/** The steps in order. */
export const RUN_STEP_NAMES = Object.keys(RUN_STEPS) as readonly RunStep[];

/**
 * How the states are called in which one dataset's part of a step ends that failed, while the run goes on with the others.
 *
 * @example "CrawlFailedAlone".endsWith(FAILED_ALONE);
 */
export const FAILED_ALONE = "FailedAlone";

const stepByState: ReadonlyMap<string, RunStep> = new Map(
  RUN_STEP_NAMES.flatMap((step) => RUN_STEPS[step].map((state) => [state, step] as const)),
);

/**
 * The step that a state of the outermost level belongs to.
 *
 * @example runStepOf("BuildManifest"); // "ValidateFiles"
 * @returns undefined for states inside a Map or Parallel.
 */
export function runStepOf(state: string): RunStep | undefined {
  return stepByState.get(state);
}
