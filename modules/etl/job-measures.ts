import { type Alarm, type AlarmLimits, lakeMetricOf, type Measures, type Metric } from "../lib/measures";
import type { JobName, Names } from "../lib/naming";

export interface MeasuredJob {
  readonly names: Names;
  readonly jobName: JobName;
  /** Its physical name, as the job itself has it. */
  readonly name: string;
}

/** The job whose failure may come after some tables are published. */
const PUBLISHING: JobName = "master_data_merge";

/**
 * By what a job is watched: what Glue reports of jobs that have their metrics enabled, and the time that the run's summary says it took.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/monitor-observability.html
 * @see https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html
 */
export function jobMeasures({ names, jobName, name }: MeasuredJob, { jobMinutes }: AlarmLimits): Measures {
  const glue = (metricName: string, type: "count" | "gauge", statistic: Metric["statistic"], more = {}): Metric => ({
    namespace: "Glue",
    name: metricName,
    dimensions: { JobName: name, JobRunId: "ALL", Type: type, ...more },
    statistic,
    label: jobName,
  });
  const ended = { ObservabilityGroup: "error" };
  const failures = glue("glue.error.ALL", "count", "Sum", ended);
  const of = jobName.replaceAll("_", "-");
  const seconds = lakeMetricOf(names.environment, "Job", jobName, "JobSeconds", "Maximum");
  const slow = (severity: "warning" | "page"): Alarm => ({
    of: `${of}-slow-${severity}`,
    section: "job-slow",
    severity,
    concern: "run",
    says: `The job ${of} took longer than ${jobMinutes[severity]} minutes in the last run. Its cost grows with its time, and the tables are ready later.`,
    command: `aws glue get-job-runs --job-name ${names.job(jobName)} --max-results 5`,
    series: seconds,
    comparison: "above",
    threshold: jobMinutes[severity] * 60,
    periodSeconds: 300,
    silence: "ignore",
  });
  return {
    charts: [
      {
        dashboard: "pipeline-health",
        title: "Jobs: succeeded",
        series: [glue("glue.succeed.ALL", "count", "Sum", ended)],
      },
      { dashboard: "pipeline-health", title: "Jobs: failed", series: [failures] },
      {
        dashboard: "pipeline-health",
        title: "Jobs: duration, s",
        series: [seconds],
        lines: [
          { label: "warning", value: jobMinutes.warning * 60 },
          { label: "page", value: jobMinutes.page * 60 },
        ],
      },
      {
        dashboard: "pipeline-health",
        title: "Jobs: workers at work",
        series: [glue("glue.driver.ExecutorAllocationManager.executors.numberAllExecutors", "gauge", "Average")],
      },
    ],
    alarms: [
      {
        of: `${of}-failed`,
        section: "job-failed",
        severity: "page",
        concern: "run",
        says: `The job ${of} failed. The run tries it again where that can help, and fails otherwise; ${
          jobName === PUBLISHING ? "some tables may be published already" : "the tables stand as they were"
        }.`,
        command: `aws glue get-job-runs --job-name ${names.job(jobName)} --max-results 1`,
        series: failures,
        comparison: "above",
        threshold: 0,
        periodSeconds: 300,
        silence: "notBreaching",
      },
      slow("warning"),
      slow("page"),
    ],
  };
}
