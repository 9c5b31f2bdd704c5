import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule";
import { Construct } from "constructs";
import type { Lake } from "../lake";
import { type FunctionSettings, LambdaFunction } from "../lib/lambda-function";
import { type AlarmLimits, lakeMetric, type Measured, type Measures } from "../lib/measures";
import type { Names } from "../lib/naming";
import { Queue } from "../lib/queue";
import { ServiceRole } from "../lib/service-role";

/** In the morning, when yesterday's bill is nearly complete. */
const DAILY = "cron(0 9 * * ? *)";
const DAY = 86_400;

export interface SpendReportProps {
  readonly names: Names;
  readonly lake: Lake;
  /** What functions share. */
  readonly functions?: FunctionSettings;
  /** USD of the monthly budget, for the chart. */
  readonly monthlyUsd: number;
}

/**
 * Brings what AWS bills for the environment to CloudWatch, once a day, by the tag `Environment`; and keeps the cost tags active, which
 * AWS lets one do only when they have been in use for a day.
 */
export class SpendReport extends Construct implements Measured {
  /** Days that could not be reported. */
  readonly deadLetters: Queue;
  private readonly props: SpendReportProps;

  constructor(scope: Construct, id: string, props: SpendReportProps) {
    super(scope, id);
    this.props = props;
    const { names, lake, functions: { network: _, ...functions } = {} } = props;
    const report = new LambdaFunction(this, "ReportSpend", {
      // Not in a VPC: Cost Explorer is one place in the world, with no endpoint in other regions.
      ...functions,
      names,
      store: lake.artifacts,
      functionName: "report-spend",
      description: "Brings what AWS bills for the environment to CloudWatch",
      environment: {},
      memoryMb: 256,
      timeoutSeconds: 60,
    });
    report.allow({
      sid: "LookAtCosts",
      actions: ["ce:GetCostAndUsage", "ce:GetCostForecast", "ce:UpdateCostAllocationTagsStatus"],
      resources: ["*"], // costs are no resources
    });
    this.deadLetters = new Queue(this, "UnreportedSpend", {
      names,
      of: "unreported-spend",
      advice: {
        says: "What a day cost could not be asked of Cost Explorer. Alarms about costs do not see that day; budgets do.",
        command: `aws logs tail ${names.logGroups.function("report-spend")} --since 1d`,
      },
    });
    report.sendFailuresTo(this.deadLetters);
    const role = new ServiceRole(this, "Role", {
      name: names.role("spend-report"),
      service: "scheduler.amazonaws.com",
      description: "Has costs reported.",
    });
    report.grantInvoke(role);
    this.deadLetters.grantSend(role);
    new SchedulerSchedule(this, "Schedule", {
      name: names.spendSchedule,
      description: "Has the costs of the day before reported.",
      scheduleExpression: DAILY,
      scheduleExpressionTimezone: "UTC",
      flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 15 },
      target: {
        arn: report.functionArn,
        roleArn: role.arn,
        // Not Fn.jsonencode: it would escape the angle brackets by which the scheduler knows its own keyword.
        input: JSON.stringify({ scheduledTime: "<aws.scheduler.scheduled-time>" }),
        deadLetterConfig: { arn: this.deadLetters.arn },
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
      },
    });
  }

  measures({ dailySpendUsd }: AlarmLimits): Measures {
    const { names, monthlyUsd } = this.props;
    const { environment } = names;
    const figure = (...of: Parameters<typeof lakeMetric> extends [string, ...infer Rest] ? Rest : never) =>
      lakeMetric(environment, ...of);
    const spend = figure("DaySpend", "Maximum", "the day before");
    const per = (label: string, expression: string, metric: "RunsSucceeded" | "RunBytes") => ({
      expression,
      label,
      metrics: { spend, amount: figure(metric, "Sum", metric) },
    });
    const daily = { dashboard: "cost-tracking", periodSeconds: DAY } as const;
    return {
      charts: [
        {
          ...daily,
          title: "Spend of a day, USD",
          series: [spend],
          lines: [{ label: "warning", value: dailySpendUsd }],
        },
        {
          ...daily,
          title: "Spend of a day by service, USD",
          series: [
            {
              expression: `SEARCH('{CommerceLake,Environment,Service} MetricName="ServiceSpend" Environment="${environment}"', 'Maximum', ${DAY})`,
              label: "",
              metrics: {},
            },
          ],
        },
        {
          ...daily,
          title: "The month, USD: so far, and expected at its end",
          series: [figure("MonthSpend", "Maximum", "so far"), figure("MonthForecast", "Maximum", "at its end")],
          lines: [{ label: "budget", value: monthlyUsd }],
        },
        {
          ...daily,
          title: "All that a run costs, USD",
          series: [per("USD a run", "spend / amount", "RunsSucceeded")],
        },
        {
          ...daily,
          title: "All that a GB of raw files costs, USD",
          series: [per("USD a GB", "1000000000 * spend / amount", "RunBytes")],
        },
      ],
      alarms: [
        {
          of: "daily-spend",
          section: "daily-spend",
          severity: "warning",
          concern: "cost",
          says: `A day cost more than ${dailySpendUsd} USD, of all that carries the environment's tag. The log says which services took how much.`,
          command: `aws logs tail ${names.logGroups.function("report-spend")} --since 1d --filter-pattern reported`,
          series: spend,
          comparison: "above",
          threshold: dailySpendUsd,
          periodSeconds: 300,
          silence: "ignore",
        },
      ],
    };
  }
}
