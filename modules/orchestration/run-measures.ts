import { type AlarmLimits, type Chart, lakeMetric, lakeMetricOf, type Measures, type Metric } from "../lib/measures";
import { RUN_STEP_NAMES } from "./run-steps";

/** Seconds of an hour; runs are counted by it. */
const HOUR = 3_600;
/** What a run says comes once a run. */
const ONCE = 300;
/** Standard deviations around what CloudWatch expects. */
const BAND = 2;

export interface MeasuredRuns {
  readonly environment: string;
  readonly stateMachineArn: string;
}

/**
 * By what runs are watched: what Step Functions reports of their state machine, and what each run's end says.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
 */
export function runMeasures({ environment, stateMachineArn }: MeasuredRuns, limits: AlarmLimits): Measures {
  const { lateAfterHours, slowFactor } = limits;
  const executions = (name: string, label: string): Metric => ({
    namespace: "AWS/States",
    name,
    dimensions: { StateMachineArn: stateMachineArn },
    statistic: "Sum",
    label,
  });
  const own = (...of: Parameters<typeof lakeMetric> extends [string, ...infer Rest] ? Rest : never) =>
    lakeMetric(environment, ...of);
  const status = `npm run pipeline -- status --env ${environment}`;
  const slowness = own("RunSlowness", "Maximum", "times the usual");
  const seconds = own("RunSeconds", "Maximum", "last run");
  const charts: Chart[] = [
    {
      dashboard: "pipeline-health",
      title: "Runs by end",
      series: [
        executions("ExecutionsStarted", "started"),
        executions("ExecutionsSucceeded", "succeeded"),
        executions("ExecutionsFailed", "failed"),
        executions("ExecutionsTimedOut", "ran out of time"),
        executions("ExecutionsAborted", "stopped"),
      ],
      periodSeconds: HOUR,
    },
    {
      dashboard: "pipeline-health",
      title: "Runs: duration, s",
      series: [{ expression: `ANOMALY_DETECTION_BAND(run, ${BAND})`, metrics: { run: seconds }, label: "usual" }],
      periodSeconds: HOUR,
    },
    {
      dashboard: "pipeline-health",
      title: "Runs: times the usual duration",
      series: [slowness],
      lines: [{ label: "slow", value: slowFactor }],
    },
    {
      dashboard: "pipeline-health",
      title: "Runs that another one kept out, stopped, rejected",
      series: [
        own("LockConflicts", "Sum", "another run held the date"),
        own("RunsStopped", "Sum", "stopped by somebody"),
        own("RunsRejected", "Sum", "rejected for their data"),
        own("RunsPartial", "Sum", "without some datasets"),
      ],
      periodSeconds: HOUR,
    },
    {
      dashboard: "pipeline-health",
      title: "Steps: duration, s",
      series: RUN_STEP_NAMES.map((step) => lakeMetricOf(environment, "Step", step, "StepSeconds", "Maximum")),
    },
    {
      dashboard: "pipeline-health",
      title: "Runs: DPU-hours",
      series: [own("RunDpuHours", "Sum", "DPU-hours")],
      periodSeconds: HOUR,
    },
    {
      dashboard: "cost-tracking",
      title: "Runs: estimate by list prices, USD",
      series: [own("RunCost", "Sum", "USD")],
      periodSeconds: HOUR,
    },
    {
      dashboard: "cost-tracking",
      title: "Runs: bytes that their queries read",
      series: [own("RunBytesScanned", "Sum", "bytes")],
      periodSeconds: HOUR,
    },
    {
      dashboard: "cost-tracking",
      title: "Runs: raw bytes read",
      series: [own("RunBytes", "Sum", "bytes")],
      periodSeconds: HOUR,
    },
  ];
  return {
    charts,
    alarms: [
      {
        of: "run-failed",
        section: "run-failed",
        severity: "page",
        concern: "run",
        says: "The last run failed or ran out of time. Its date is free again; what it had not published is not published, and the tables hold what the run before it left.",
        command: status,
        series: own("RunsFailed", "Maximum", "failed"),
        comparison: "above",
        threshold: 0,
        periodSeconds: ONCE,
        silence: "ignore",
      },
      {
        of: "run-late",
        section: "run-late",
        severity: "page",
        concern: "run",
        says:
          lateAfterHours === undefined
            ? "Nothing is scheduled in this environment, so no run is due: this never fires."
            : `No due run has succeeded for ${lateAfterHours} hours. The tables are a day old or older.`,
        command: status,
        series: own("DueRunsSucceeded", "Sum", "due runs that succeeded"),
        comparison: "below",
        threshold: 1,
        periodSeconds: HOUR,
        periods: lateAfterHours ?? 24,
        silence: lateAfterHours === undefined ? "notBreaching" : "breaching",
      },
      {
        of: "run-partial",
        section: "run-partial",
        severity: "warning",
        concern: "run",
        says: "The last run published without one of its datasets or more: they failed alone, and their tables hold what the run before it left.",
        command: status,
        series: own("RunsPartial", "Maximum", "partial"),
        comparison: "above",
        threshold: 0,
        periodSeconds: ONCE,
        silence: "ignore",
      },
      {
        of: "run-slow",
        section: "run-slow",
        severity: "warning",
        concern: "run",
        says: `The last run took more than ${slowFactor} times as long as the middle one of the last good runs.`,
        command: status,
        series: slowness,
        comparison: "above",
        threshold: slowFactor,
        periodSeconds: ONCE,
        silence: "ignore",
      },
    ],
  };
}
