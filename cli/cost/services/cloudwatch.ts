import { DAYS_PER_MONTH, HOURS_PER_MONTH, type Line, line, of } from "../bill";
import { blocksOf, numberOf, type Resource, textOf } from "../resources";
import type { Stack } from "../stack";
import type { Usage } from "../usage";
import type { Service } from "./service";

const SERVICE = "CloudWatch";

/** Seconds below which a metric's period makes its alarm one of high resolution. */
const STANDARD_PERIOD = 60;
/** An alarm on a band pays for the metric and for both of its bounds. */
const METRICS_OF_A_BAND = 3;

/** What an alarm watches, as it is billed: so many metrics, of one resolution. */
export interface Watched {
  readonly metrics: number;
  readonly highResolution: boolean;
}

/**
 * @param alarm an `aws_cloudwatch_metric_alarm`
 * @see https://aws.amazon.com/cloudwatch/pricing/
 */
export function watchedBy({ values }: Resource): Watched {
  const queries = blocksOf(values, "metric_query");
  const metrics = queries.flatMap((query) => blocksOf(query, "metric"));
  const periods = [values, ...metrics].map((one) => numberOf(one, "period", STANDARD_PERIOD));
  const band = queries.some((query) => textOf(query, "expression").startsWith("ANOMALY_DETECTION_BAND"));
  return {
    metrics: Math.max(1, metrics.length) * (band ? METRICS_OF_A_BAND : 1),
    highResolution: Math.min(...periods) < STANDARD_PERIOD,
  };
}

function alarms(stack: Stack): Line[] {
  const watched = stack.ofType("aws_cloudwatch_metric_alarm").map(watchedBy);
  const metrics = (high: boolean) =>
    watched.reduce((sum, one) => sum + (one.highResolution === high ? one.metrics : 0), 0);
  const fixed = (item: string, price: Line["price"], value: number, what: string) =>
    line({ service: SERVICE, item, kind: "fixed", price }, of(value, what));
  return [
    fixed("Alarms", "cloudWatch.alarm", metrics(false), `metrics that ${watched.length} alarms watch`),
    fixed("Alarms of high resolution", "cloudWatch.alarmHighResolution", metrics(true), "metrics"),
    fixed("Composite alarms", "cloudWatch.compositeAlarm", stack.count("aws_cloudwatch_composite_alarm"), "alarms"),
    fixed("Dashboards", "cloudWatch.dashboard", stack.count("aws_cloudwatch_dashboard"), "dashboards"),
    fixed("Metrics made of logs", "cloudWatch.metric", stack.count("aws_cloudwatch_log_metric_filter"), "filters"),
  ];
}

function logs(stack: Stack, { profile, runs }: Usage): Line[] {
  const groups = stack.ofType("aws_cloudwatch_log_group");
  if (groups.length === 0) return [];
  const kept = groups.map(({ values }) => numberOf(values, "retention_in_days", 0) || profile.lakeDays);
  const average = kept.reduce((sum, days) => sum + Math.min(days, profile.lakeDays), 0) / kept.length;
  const sources: [string, Line["kind"], number, string][] = [
    ["Logs of runs", "usage", profile.logGbPerRun * runs, `GB (${profile.logGbPerRun} of each run)`],
    [
      "Flow logs",
      "fixed",
      stack.count("aws_flow_log") * profile.logGbPerFlowDay * DAYS_PER_MONTH,
      `GB (${profile.logGbPerFlowDay} a day)`,
    ],
  ];
  return sources.flatMap(([item, kind, gb, what]) => [
    line({ service: SERVICE, item, kind, price: "cloudWatch.logsIngested" }, of(gb, what)),
    line(
      { service: SERVICE, item: `${item}, kept`, kind, price: "cloudWatch.logsStored" },
      of(gb, "GB a month"),
      of(profile.logCompression, "left of it"),
      of(average / DAYS_PER_MONTH, `months (${Math.round(average)} days, on average of ${groups.length} log groups)`),
    ),
  ]);
}

/** Alarms, dashboards, metrics, logs and traces. */
export const cloudWatch: Service = {
  types: [
    "aws_cloudwatch_metric_alarm",
    "aws_cloudwatch_composite_alarm",
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_log_metric_filter",
    "aws_cloudwatch_log_resource_policy",
    "aws_cloudwatch_query_definition",
    "aws_flow_log",
  ],
  lines: (stack, usage) => [
    ...alarms(stack),
    line(
      { service: SERVICE, item: "Metrics of runs", kind: "usage", price: "cloudWatch.metric" },
      of(stack.count("aws_lambda_function") === 0 ? 0 : usage.profile.metricsPerRun, "metrics"),
      of(usage.runs / HOURS_PER_MONTH, "of the month: an hour a run"),
    ),
    ...logs(stack, usage),
  ],
};
