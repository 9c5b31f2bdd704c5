import { DATASETS } from "../../contracts";
import { LAKE_METRICS, type MetricScope } from "../../modules/lib/lake-metrics";
import { JOB_NAMES } from "../../modules/lib/naming";
import { RUN_STEP_NAMES } from "../../modules/orchestration/run-steps";
import { DEFAULTS } from "../../modules/orchestration/settings";

/** How many there are of what a figure can be of; services are those that a bill of ours has. */
const SCOPES = {
  environment: 1,
  Dataset: DATASETS.length,
  Job: JOB_NAMES.length,
  Step: RUN_STEP_NAMES.length,
  Service: 12,
} as const satisfies Record<"environment" | MetricScope, number>;

/** The project's own metrics, each scope counted. */
const METRICS = Object.values(LAKE_METRICS)
  .flatMap(({ of }): readonly (keyof typeof SCOPES)[] => of)
  .reduce((sum, scope) => sum + SCOPES[scope], 0);

/**
 * What a stack does not say about itself: how much data arrives and who asks for what. Each is an assumption with a reason,
 * and each can be set on the command line.
 */
export const ASSUMPTIONS = {
  gbPerDay: { value: 10, unit: "GB", what: "raw files that arrive in a day, all datasets together" },
  filesPerDay: { value: 40, unit: "files", what: "in which they arrive: ten a dataset" },
  arrivalMinutes: {
    value: 5,
    unit: "min",
    what: "from the first of a day's files to the last, evenly: a delivery in the night; 1,440 where they come all day",
  },
  runMinutes: { value: 10, unit: "min", what: "that a run holds its date: what arrives meanwhile waits for the next" },
  lakeDays: { value: 365, unit: "days", what: "age of the lake: what is kept grows with it" },
  unscheduledRuns: {
    value: 22,
    unit: "runs a month",
    what: "where neither a schedule nor uploads start any: one on each working day, by hand",
  },
  queriesPerDay: { value: 100, unit: "queries", what: "by analysts" },
  gbPerQuery: { value: 0.1, unit: "GB", what: "that one of them reads: days and columns, not tables" },

  crawlerDpus: { value: 2, unit: "DPU", what: "of a crawler, as in the example of Glue's price page" },
  crawlerSeconds: { value: 120, unit: "s", what: "of a crawl; at least ten minutes are billed" },
  jobOverheadSeconds: { value: 45, unit: "s", what: "of a job whatever its data: session, planning, commits" },
  jobSeconds: {
    value: 300,
    unit: "s",
    what: "in which auto scaling is taken to end a job, as far as its workers suffice",
  },

  validatorMbPerSecond: { value: 60, unit: "MB/s", what: "that the validator judges on one vCPU (1,769 MB)" },
  functionSeconds: { value: 30, unit: "s", what: "of each other function in a run, waiting for Athena included" },
  transitionsPerRun: {
    value: 156,
    unit: "transitions",
    what: "of a good run with four datasets, as the definition has them: 52, and 26 for each crawler, looked at eight times",
  },
  transitionsPerBatch: {
    value: 2,
    unit: "transitions",
    what: `of the child execution that validates ${DEFAULTS.filesPerBatch} files of a dataset at most`,
  },
  checksPerRun: { value: 20, unit: "queries", what: "of the data quality checks and of what refreshes the tables" },

  quarantined: { value: 0.02, unit: "of raw", what: "that ends in quarantine" },
  rewritten: {
    value: 1,
    unit: "times",
    what: "that a byte of a table is written again, by compaction and corrections; the old one stays as a noncurrent version",
  },
  objectsPerRun: { value: 400, unit: "objects", what: "that a run writes: data, metadata, manifests, reports" },
  readsPerRun: { value: 5000, unit: "requests", what: "that a run makes to read objects" },
  readsPerQuery: { value: 50, unit: "requests", what: "that a query makes to read objects" },

  logGbPerRun: { value: 0.1, unit: "GB", what: "that functions, jobs and state machine log in a run" },
  logGbPerFlowDay: { value: 0.05, unit: "GB", what: "that the VPC's flow logs take in a day, where there are any" },
  logCompression: { value: 0.15, unit: "of it", what: "that is left of a log when it is kept" },
  metricsPerRun: {
    value: METRICS,
    unit: "metrics",
    what: "of the project's own, in the one hour in which a run sends them",
  },

  writesPerFile: { value: 12, unit: "writes", what: "in the file ledger, indexes included" },
  readsPerFile: { value: 8, unit: "reads", what: "in the file ledger" },
  ledgerCallsPerRun: { value: 100, unit: "writes and as many reads", what: "in the run ledger" },
  ledgerKbPerFile: { value: 6, unit: "KB", what: "that the ledger keeps of a file, indexes included" },
  messagesPerRun: { value: 2, unit: "messages", what: "to the topics" },
  kmsRequestsPerRun: { value: 1000, unit: "requests", what: "to KMS" },
} satisfies Record<string, { readonly value: number; readonly unit: string; readonly what: string }>;

/** An assumption's name. */
export type AssumptionName = keyof typeof ASSUMPTIONS;

/** Every assumption's name, the most telling first. */
export const ASSUMPTION_NAMES: readonly AssumptionName[] = Object.keys(ASSUMPTIONS).filter(
  (name): name is AssumptionName => name in ASSUMPTIONS,
);

/** How the lake is used. */
export interface Profile extends Readonly<Record<AssumptionName, number>> {
  /** Runs in a month, whatever starts them; as the stack's schedule and the arrival of files have it where left out. */
  readonly runsPerMonth?: number;
  /** Whether to take off what is free each month, as if the account ran nothing else. */
  readonly freeTier: boolean;
}

/**
 * A usage profile.
 *
 * @param changes what differs from the assumptions
 * @example
 * profile({ gbPerDay: 100, freeTier: true });
 */
export function profile(changes: Partial<Profile> = {}): Profile {
  const value = (name: AssumptionName) => ASSUMPTIONS[name].value;
  // Spelled as a loop over names, TypeScript would lose that every one of them is there.
  const assumed = Object.fromEntries(ASSUMPTION_NAMES.map((name) => [name, value(name)])) as Record<
    AssumptionName,
    number
  >;
  return { ...assumed, freeTier: false, ...changes };
}
