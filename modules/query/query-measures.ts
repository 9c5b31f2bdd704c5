import type { AlarmLimits, Measures, Metric, Statistic } from "../lib/measures";

/** Ends of a query that Athena tells apart. */
const STATES = ["SUCCEEDED", "FAILED", "CANCELED"] as const;

export interface MeasuredWorkgroup {
  /** What its alarm is called after. */
  readonly of: string;
  /** Its physical name, as the workgroup itself has it. */
  readonly name: string;
  /** The same, spelt out for people. */
  readonly called: string;
  /** Bytes after which a query is stopped. */
  readonly bytesScannedCutoff: number;
}

/**
 * By what a workgroup is watched: what Athena reports of each that publishes metrics.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html
 */
export function workgroupMeasures(workgroup: MeasuredWorkgroup, { queryPercent }: AlarmLimits): Measures {
  const { of, name, called, bytesScannedCutoff } = workgroup;
  const metric = (metricName: string, state: (typeof STATES)[number], statistic: Statistic): Metric => ({
    namespace: "AWS/Athena",
    name: metricName,
    dimensions: { QueryState: state, QueryType: "DML", WorkGroup: name },
    statistic,
    label: state === "SUCCEEDED" ? of : `${of} ${state.toLowerCase()}`,
  });
  const largest = metric("ProcessedBytes", "SUCCEEDED", "Maximum");
  return {
    charts: [
      {
        dashboard: "pipeline-health",
        title: "Queries",
        series: STATES.map((state) => metric("TotalExecutionTime", state, "SampleCount")),
      },
      {
        dashboard: "pipeline-health",
        title: "Queries: longest, ms",
        series: [metric("TotalExecutionTime", "SUCCEEDED", "Maximum")],
      },
      {
        dashboard: "cost-tracking",
        title: "Queries: bytes scanned",
        series: STATES.map((state) => metric("ProcessedBytes", state, "Sum")),
        periodSeconds: 3_600,
      },
      {
        dashboard: "cost-tracking",
        title: "Queries: bytes of the largest",
        series: [largest],
        periodSeconds: 3_600,
        lines: [{ label: `${of}: stopped`, value: bytesScannedCutoff }],
      },
    ],
    alarms: [
      {
        of: `${of}-query-near-cutoff`,
        section: "query-near-cutoff",
        severity: "warning",
        concern: "cost",
        says: `A query of the workgroup ${called} read more than ${queryPercent} % of the bytes after which queries are stopped. It most likely names no partition; a little more data, and it fails.`,
        command: `aws athena list-query-executions --work-group ${called} --max-items 20`,
        series: largest,
        comparison: "above",
        threshold: (bytesScannedCutoff * queryPercent) / 100,
        periodSeconds: 300,
        silence: "notBreaching",
      },
    ],
  };
}
