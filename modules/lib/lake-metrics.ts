/** Units of CloudWatch that the lake's own figures have; money is a plain number, in USD. */
export type MetricUnit = "Count" | "Seconds" | "Percent" | "Bytes" | "None";

/** What a figure of the lake can be of, beside the environment. */
export type MetricScope = "Dataset" | "Job" | "Service" | "Step";

interface LakeMetric {
  readonly unit: MetricUnit;
  /** What it is emitted for: the environment as a whole, or each of something. */
  readonly of: readonly ("environment" | MetricScope)[];
}

/** Where the project's own metrics are found in CloudWatch. */
export const LAKE_NAMESPACE = "CommerceLake";

/**
 * Every figure that the lake's functions emit: functions can emit no other, and dashboards and alarms can name no other. What a run emits
 * comes once a run: its last value stands until the next one.
 */
export const LAKE_METRICS = {
  // data-quality, of each dataset that the run brought
  RowsIn: { unit: "Count", of: ["Dataset"] },
  RowsOut: { unit: "Count", of: ["Dataset"] },
  RowsQuarantined: { unit: "Count", of: ["Dataset"] },
  RowsDuplicate: { unit: "Count", of: ["Dataset"] },
  /** Of the rows read. */
  QuarantineRate: { unit: "Percent", of: ["Dataset"] },
  /** Checks that close the gate, and those that do not. */
  QualityErrors: { unit: "Count", of: ["environment", "Dataset"] },
  QualityWarnings: { unit: "Count", of: ["environment", "Dataset"] },
  /** Of the values of optional columns. */
  NullRate: { unit: "Percent", of: ["Dataset"] },
  /** From the newest event to the start of the run. */
  DataAge: { unit: "Seconds", of: ["Dataset"] },
  /** The band that RowsIn is expected in, from earlier good runs. */
  VolumeLeast: { unit: "Count", of: ["Dataset"] },
  VolumeMost: { unit: "Count", of: ["Dataset"] },

  // validate-file, when a file is decided
  FilesAccepted: { unit: "Count", of: ["environment", "Dataset"] },
  FilesRejected: { unit: "Count", of: ["environment", "Dataset"] },
  FilesDuplicate: { unit: "Count", of: ["environment", "Dataset"] },

  // summarize-run, of runs that came to their end; close-run, of all others
  RunsSucceeded: { unit: "Count", of: ["environment"] },
  /** 1 of a run that published without some of its datasets, 0 of one with all. */
  RunsPartial: { unit: "Count", of: ["environment"] },
  /** Runs, whole or partial, of the day before or of later days: what the schedule owes. */
  DueRunsSucceeded: { unit: "Count", of: ["environment"] },
  /** 1 of a run that failed, 0 of one that did not, so that the last run is what the last value says. */
  RunsFailed: { unit: "Count", of: ["environment"] },
  /** Runs that the data quality gate stopped. */
  RunsRejected: { unit: "Count", of: ["environment"] },
  /** Runs that somebody stopped. */
  RunsStopped: { unit: "Count", of: ["environment"] },
  /** Runs that ended at once because another one held the date. */
  LockConflicts: { unit: "Count", of: ["environment"] },
  RunSeconds: { unit: "Seconds", of: ["environment"] },
  /** Time of a run, in times of the usual: the middle one of the last good runs. */
  RunSlowness: { unit: "None", of: ["environment"] },
  /** Raw bytes that a run read. */
  RunBytes: { unit: "Bytes", of: ["environment"] },
  JobSeconds: { unit: "Seconds", of: ["Job"] },

  // close-run, of every run that is over, from its history
  StepSeconds: { unit: "Seconds", of: ["Step"] },
  /** By list prices, in USD: an estimate. */
  RunCost: { unit: "None", of: ["environment"] },
  RunDpuHours: { unit: "None", of: ["environment"] },
  /** What its queries read. */
  RunBytesScanned: { unit: "Bytes", of: ["environment"] },

  // report-spend, once a day; in USD
  /** Of the day before. */
  DaySpend: { unit: "None", of: ["environment"] },
  ServiceSpend: { unit: "None", of: ["Service"] },
  /** Of the month so far, and as AWS expects it at its end. */
  MonthSpend: { unit: "None", of: ["environment"] },
  MonthForecast: { unit: "None", of: ["environment"] },
} as const satisfies Record<string, LakeMetric>;

export type LakeMetricName = keyof typeof LAKE_METRICS;

/** Metrics that can be emitted for something. */
export type MetricOf<Scope extends "environment" | MetricScope> = {
  [Name in LakeMetricName]: Scope extends (typeof LAKE_METRICS)[Name]["of"][number] ? Name : never;
}[LakeMetricName];
