import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct, type IConstruct } from "constructs";
import type { Lake } from "../lake";
import { aws } from "../lib/aws";
import { type FunctionSettings, LambdaFunction } from "../lib/lambda-function";
import type { LedgerTable } from "../lib/ledger-table";
import type { FunctionName, Names } from "../lib/naming";
import type { Subscription } from "./subscription";
import { Topic, type TopicSource } from "./topic";
import { topicsKey } from "./topics-key";

/** What monitoring is unless its props say otherwise. */
export const DEFAULTS = Object.freeze({
  /** MB and seconds of the function that sums a run up: it reads a few small files. */
  summaryMemoryMb: 256,
  summaryTimeoutSeconds: 60,
  /** Seconds over which a queue's messages are counted: SQS reports once a minute. */
  queuePeriodSeconds: 60,
  /** Seconds over which a function's errors are counted, and in how many such periods in a row there are some: what passes by itself is no alarm. */
  errorPeriodSeconds: 300,
  errorPeriods: 3,
});

/**
 * What tells of costs.
 *
 * @see https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
 * @see https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html
 */
const BILLING: readonly TopicSource[] = [
  { of: "Budgets", service: "budgets.amazonaws.com" },
  { of: "CostAnomalies", service: "costalerts.amazonaws.com" },
];

/** A queue that is watched for messages. */
export interface WatchedQueue extends IConstruct {
  /** Physical name. */
  readonly name: string;
  /** What it holds: part of the alarm's name. */
  readonly of: string;
}

export interface MonitoringProps {
  readonly names: Names;
  readonly lake: Lake;
  /** Where a run's end is entered. */
  readonly runLedger: LedgerTable;
  /** What its functions share. */
  readonly functions?: FunctionSettings;
  /** Who gets the messages of which topic. @default {} */
  readonly subscriptions?: TopicSubscriptions;
}

/** Who gets the messages of each topic. */
export interface TopicSubscriptions {
  /** How every run ended, and alarms about the pipeline. */
  readonly notifications?: readonly Subscription[];
  /** What is wrong with the data. */
  readonly qualityAlerts?: readonly Subscription[];
  /** What costs more than it should. */
  readonly costAlerts?: readonly Subscription[];
}

/**
 * What tells people how runs went: the three topics, and the function that sums a run up.
 *
 * @example
 * const monitoring = new Monitoring(this, "Monitoring", {
 *   names, lake, runLedger,
 *   subscriptions: { notifications: [{ protocol: "email", endpoint: "team@example.com" }] },
 * });
 * monitoring.notifications.grantPublish(role);
 */
export class Monitoring extends Construct {
  /** How every run ended. */
  readonly notifications: Topic;
  /** Runs that the data quality gate stopped, and what else is wrong with the data. */
  readonly qualityAlerts: Topic;
  /** What costs more than it should: budgets, anomalies, queries. */
  readonly costAlerts: Topic;
  /** Writes a run's summary, enters it in the run ledger and words its message. */
  readonly summarizeRun: LambdaFunction;
  private readonly names: Names;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { names, lake, runLedger, functions = {}, subscriptions = {} } = props;
    this.names = names;
    const alarms: TopicSource = {
      of: "Alarms",
      service: "cloudwatch.amazonaws.com",
      arns: [aws(this).arn("cloudwatch", `alarm:${names.anyAlarm}`)],
    };
    const key = topicsKey(this, [alarms, ...BILLING]);
    this.notifications = new Topic(this, "Notifications", {
      name: names.notificationsTopic,
      displayName: `Commerce lake ${names.environment}`,
      key,
      sources: [alarms],
      subscriptions: subscriptions.notifications ?? [],
    });
    this.qualityAlerts = new Topic(this, "QualityAlerts", {
      name: names.qualityAlertsTopic,
      displayName: `Data quality ${names.environment}`,
      key,
      sources: [alarms],
      subscriptions: subscriptions.qualityAlerts ?? [],
    });
    this.costAlerts = new Topic(this, "CostAlerts", {
      name: names.costAlertsTopic,
      displayName: `Costs ${names.environment}`,
      key,
      sources: [alarms, ...BILLING],
      subscriptions: subscriptions.costAlerts ?? [],
    });
    this.summarizeRun = new LambdaFunction(this, "SummarizeRun", {
      ...functions,
      names,
      store: lake.artifacts,
      functionName: "summarize-run",
      description: "Writes the summary of a run and words its notification",
      environment: { LAKE_BUCKET: lake.bucketName, RUN_LEDGER_TABLE: runLedger.tableName },
      memoryMb: DEFAULTS.summaryMemoryMb,
      timeoutSeconds: DEFAULTS.summaryTimeoutSeconds,
    });
    lake.zones.runs.grantRead(this.summarizeRun);
    lake.zones.runs.grantWrite(this.summarizeRun, "*/summary.json");
    runLedger.grantReadWrite(this.summarizeRun);
  }

  /**
   * Tells people when a queue holds a message, and again when it holds none: for dead letters, where each is one too many.
   *
   * @param remedy what to do about it, for the message.
   */
  alarmOnMessages(queue: WatchedQueue, remedy: string): void {
    this.alarmAboveZero(`${queue.node.id}Messages`, {
      alarmName: this.names.alarm(`${queue.of}-messages`),
      alarmDescription: remedy,
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: queue.name },
      statistic: "Maximum",
      period: DEFAULTS.queuePeriodSeconds,
      evaluationPeriods: 1,
    });
  }

  /**
   * Tells people when a function goes on failing, and again when it no longer does: for functions that nobody waits for.
   *
   * @param remedy what to do about it, for the message.
   */
  alarmOnErrors(fn: LambdaFunction, of: FunctionName, remedy: string): void {
    this.alarmAboveZero(`${fn.node.id}Errors`, {
      alarmName: this.names.alarm(`${of}-errors`),
      alarmDescription: remedy,
      namespace: "AWS/Lambda",
      metricName: "Errors",
      dimensions: { FunctionName: fn.functionName },
      statistic: "Sum",
      period: DEFAULTS.errorPeriodSeconds,
      evaluationPeriods: DEFAULTS.errorPeriods,
    });
  }

  private alarmAboveZero(
    id: string,
    metric: Omit<CloudwatchMetricAlarmConfig, "comparisonOperator" | "threshold">,
  ): void {
    new CloudwatchMetricAlarm(this, id, {
      ...metric,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      // What nobody uses reports nothing.
      treatMissingData: "notBreaching",
      alarmActions: [this.notifications.arn],
      okActions: [this.notifications.arn],
    });
  }
}
