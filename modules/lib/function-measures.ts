import type { Alarm, AlarmLimits, Concern, Measures, Metric, Statistic } from "./measures";
import type { FunctionName, Names } from "./naming";

/** Seconds of a point. */
const PERIOD = 300;

export interface MeasuredFunction {
  readonly names: Names;
  /** Folder of the handler. */
  readonly of: FunctionName;
  /** Its physical name, as the function itself has it. */
  readonly name: string;
  /** What its alarms are about. */
  readonly concern: Concern;
}

/**
 * By what a function is watched: what Lambda reports of each.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export function functionMeasures({ names, of, name, concern }: MeasuredFunction, limits: AlarmLimits): Measures {
  const metric = (metricName: string, statistic: Statistic, label: string = of): Metric => ({
    namespace: "AWS/Lambda",
    name: metricName,
    dimensions: { FunctionName: name },
    statistic,
    label,
  });
  const command = `aws logs tail ${names.logGroups.function(of)} --since 1h`;
  // Whoever tells of alarms is called a few times within minutes, and then never again for the same: one bad period is all there is.
  const periods = concern === "alarms" ? 1 : 3;
  const failing = (severity: "warning" | "page"): Alarm => ({
    of: `${of}-errors-${severity}`,
    section: "function-errors",
    severity,
    concern,
    says: `More than ${limits.functionErrorPercent[severity]} % of the invocations of ${of} have failed for ${(periods * PERIOD) / 60} minutes. What it works on is tried again for a while, then ends as a failed run or as a dead letter.`,
    command,
    series: {
      expression: "100 * errors / invocations",
      metrics: { errors: metric("Errors", "Sum"), invocations: metric("Invocations", "Sum") },
      label: `${of}, % failed`,
    },
    comparison: "above",
    threshold: limits.functionErrorPercent[severity],
    periodSeconds: PERIOD,
    periods, // what passes by itself is no alarm
    silence: "notBreaching",
  });
  return {
    charts: [
      { dashboard: "pipeline-health", title: "Functions: invocations", series: [metric("Invocations", "Sum")] },
      {
        dashboard: "pipeline-health",
        title: "Functions: errors and throttles",
        series: [metric("Errors", "Sum", `${of} errors`), metric("Throttles", "Sum", `${of} throttles`)],
      },
      {
        dashboard: "pipeline-health",
        title: "Functions: duration, ms (p50, p99)",
        series: [metric("Duration", "p50", `${of} p50`), metric("Duration", "p99", `${of} p99`)],
      },
      {
        dashboard: "pipeline-health",
        title: "Functions: at once",
        series: [metric("ConcurrentExecutions", "Maximum")],
      },
    ],
    alarms: [
      failing("warning"),
      failing("page"),
      {
        of: `${of}-throttled`,
        section: "function-throttled",
        severity: "warning",
        concern,
        says: `Lambda refuses invocations of ${of}: as many run as the account, or the function's own bound, lets run. They are tried again, later than they should be.`,
        command: "aws lambda get-account-settings --query AccountLimit",
        series: metric("Throttles", "Sum"),
        comparison: "above",
        threshold: 0,
        periodSeconds: PERIOD,
        periods: 2,
        silence: "notBreaching",
      },
    ],
  };
}
