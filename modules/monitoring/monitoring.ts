import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct, type IConstruct } from "constructs";
import type { Lake } from "../lake";
import { type FunctionSettings, LambdaFunction } from "../lib/lambda-function";
import type { LedgerTable } from "../lib/ledger-table";
import type { FunctionName, Names } from "../lib/naming";
import { Topic } from "./topic";
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
  /** Who gets notifications and alerts; each address confirms once. @default [] */
  readonly emails?: readonly string[];
}

/**
 * What tells people how runs went: the two topics, and the function that sums a run up.
 *
 * @example
 * const monitoring = new Monitoring(this, "Monitoring", { names, lake, runLedger, emails: ["team@example.com"] });
 * monitoring.notifications.grantPublish(role);
 */
export class Monitoring extends Construct {
  /** How every run ended. */
  readonly notifications: Topic;
  /** Runs that the data quality gate stopped. */
  readonly qualityAlerts: Topic;
  /** Writes a run's summary, enters it in the run ledger and words its message. */
  readonly summarizeRun: LambdaFunction;
  private readonly names: Names;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { names, lake, runLedger, functions = {}, emails = [] } = props;
    this.names = names;
    const key = topicsKey(this);
    this.notifications = new Topic(this, "Notifications", {
      name: names.notificationsTopic,
      displayName: `Commerce lake ${names.environment}`,
      key,
      emails,
    });
    this.qualityAlerts = new Topic(this, "QualityAlerts", {
      name: names.qualityAlertsTopic,
      displayName: `Data quality ${names.environment}`,
      key,
      emails,
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
