import type { IConstruct } from "constructs";
import { LAKE_NAMESPACE, type MetricOf, type MetricScope } from "./lake-metrics";

/** What charts and alarms are unless they say otherwise. */
export const MEASURE_DEFAULTS = Object.freeze({ periodSeconds: 300, periods: 1 });

/** How the values of a period become one. */
export type Statistic = "Average" | "Maximum" | "Minimum" | "SampleCount" | "Sum" | "p50" | "p99";

/** A metric of CloudWatch, and how to read it. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: Statistic;
  /** What a chart calls it. */
  readonly label: string;
}

/** A figure that is computed from others. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
export interface MetricMath {
  readonly expression: string;
  /** What the names in the expression stand for. */
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly label: string;
}

export type Series = Metric | MetricMath;

export const isMath = (series: Series): series is MetricMath => "expression" in series;

/** The dashboards, each for a question that somebody has. */
export const DASHBOARDS = ["pipeline-health", "data-quality", "cost-tracking"] as const;
export type DashboardName = (typeof DASHBOARDS)[number];

/** A chart of a dashboard. Charts of the same title are one: of each function, queue and job its lines. */
export interface Chart {
  readonly dashboard: DashboardName;
  readonly title: string;
  readonly series: readonly Series[];
  /** Seconds of a point. @default 300 */
  readonly periodSeconds?: number;
  /** Lines across, such as the threshold of an alarm. */
  readonly lines?: readonly { readonly label: string; readonly value: number }[];
}

/** `page`: somebody gets up for it. `warning`: somebody looks at it in the morning. */
export type Severity = "page" | "warning";

/** What an alarm is about; of what is about the same, one failure is one message. */
export type Concern = "run" | "delivery" | "data" | "cost" | "alarms";

/** What CloudWatch concludes from silence. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
export type Silence =
  /** All is well: what nobody uses reports nothing. */
  | "notBreaching"
  /** Something is wrong: what should have happened did not. */
  | "breaching"
  /** Nothing: what the last run said stands until the next run says otherwise. */
  | "ignore";

/** An alarm, with what people need to act on it. */
export interface Alarm {
  /** What it watches: the end of its name, `commerce-lake-{of}-{env}`, unique in the stack. */
  readonly of: string;
  /** The section of the runbook that is about it. */
  readonly section: RunbookSection;
  readonly severity: Severity;
  readonly concern: Concern;
  /** What happened and what it means: sentences for people. */
  readonly says: string;
  /** What to type next. */
  readonly command: string;
  readonly series: Series;
  readonly comparison: "above" | "below";
  readonly threshold: number;
  readonly periodSeconds: number;
  /** How many periods in a row it takes. @default 1 */
  readonly periods?: number;
  readonly silence: Silence;
}

/** Sections of docs/operations.md, each about alarms with the same cure. */
export const RUNBOOK_SECTIONS = [
  "run-failed",
  "run-late",
  "run-partial",
  "run-slow",
  "run-rejected",
  "data-old",
  "quarantine",
  "rejected-files",
  "dead-letters",
  "function-errors",
  "function-throttled",
  "job-failed",
  "job-slow",
  "query-near-cutoff",
  "daily-spend",
  "budget",
  "cost-anomaly",
] as const;
export type RunbookSection = (typeof RUNBOOK_SECTIONS)[number];

/** When something is worth a warning, and when it is worth a page. */
export interface Levels {
  readonly warning: number;
  readonly page: number;
}

/** What an environment finds worth an alarm. */
export interface AlarmLimits {
  /** Hours between the ends of two due runs after which the next is late; undefined where nothing is scheduled, and so nothing is due. */
  readonly lateAfterHours: number | undefined;
  /** How many times as long as usual a run may take. */
  readonly slowFactor: number;
  /** Hours between the newest event of a dataset and the start of the run that brought it. */
  readonly dataAgeHours: Levels;
  /** Percent of a dataset's records in quarantine. */
  readonly quarantinePercent: Levels;
  /** Files that may be rejected in an hour. */
  readonly rejectedFiles: number;
  /** Percent of a function's invocations that fail, for a quarter of an hour. */
  readonly functionErrorPercent: Levels;
  /** Minutes of a job. */
  readonly jobMinutes: Levels;
  /** Percent of the bytes after which a query is stopped. */
  readonly queryPercent: number;
  /** USD of a day. */
  readonly dailySpendUsd: number;
}

/** What a construct can be watched by. */
export interface Measures {
  readonly charts: readonly Chart[];
  readonly alarms: readonly Alarm[];
}

/** A construct that says by what it can be watched. Monitoring finds it wherever it is in the stack. */
export interface Measured extends IConstruct {
  measures(limits: AlarmLimits): Measures;
}

export function isMeasured(node: IConstruct): node is Measured {
  return "measures" in node && typeof node.measures === "function";
}

/** A figure of the lake's own, of the environment as a whole. */
export function lakeMetric(
  environment: string,
  name: MetricOf<"environment">,
  statistic: Statistic,
  label: string = name,
): Metric {
  return { namespace: LAKE_NAMESPACE, name, dimensions: { Environment: environment }, statistic, label };
}

/**
 * A figure of the lake's own, of one of several things.
 *
 * @example lakeMetricOf("prod", "Dataset", "reviews", "RowsIn", "Sum");
 */
export function lakeMetricOf<Scope extends MetricScope>(
  environment: string,
  scope: Scope,
  of: string,
  name: MetricOf<Scope>,
  statistic: Statistic,
  label: string = of,
): Metric {
  return { namespace: LAKE_NAMESPACE, name, dimensions: { Environment: environment, [scope]: of }, statistic, label };
}
