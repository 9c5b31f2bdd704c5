import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Annotations } from "cdktf";
import { Construct } from "constructs";
import type { Lake } from "../lake";
import { aws } from "../lib/aws";
import { type FunctionSettings, LambdaFunction } from "../lib/lambda-function";
import type { LedgerTable } from "../lib/ledger-table";
import type { AlarmLimits } from "../lib/measures";
import type { Names } from "../lib/naming";
import { makeAlarms } from "./alarms";
import { Budgets } from "./budgets";
import { makeDashboards } from "./dashboards";
import { saveQueries } from "./saved-queries";
import { SpendReport } from "./spend-report";
import type { Subscription } from "./subscription";
import { Topic, type TopicSource } from "./topic";
import { topicsKey } from "./topics-key";
import { unheardText } from "./unheard";
import { watchStack } from "./watch";

/** What monitoring is unless its props say otherwise. */
export const DEFAULTS = Object.freeze({
  subscriptions: Object.freeze({}),
  subscriptionsIn: "subscriptions",
  runbook: "docs/operations.md",
  /** MB and seconds of the functions that word messages: they read a few small things. */
  functionMemoryMb: 256,
  functionTimeoutSeconds: 60,
});

/** Who gets the messages of each topic. */
export interface TopicSubscriptions {
  /** How every run ended, and alarms about the pipeline. */
  readonly notifications?: readonly Subscription[];
  /** What is wrong with the data. */
  readonly qualityAlerts?: readonly Subscription[];
  /** What costs more than it should. */
  readonly costAlerts?: readonly Subscription[];
}

export interface MonitoringProps {
  readonly names: Names;
  readonly lake: Lake;
  /** Where a run's end is entered. */
  readonly runLedger: LedgerTable;
  /** What is worth an alarm. */
  readonly limits: AlarmLimits;
  /** What a month may cost, and what more than usual is worth a message: USD. */
  readonly budget: { readonly monthlyUsd: number; readonly anomalyUsd: number };
  /** What its functions share. */
  readonly functions?: FunctionSettings;
  /** Who gets the messages of which topic. @default {} */
  readonly subscriptions?: TopicSubscriptions;
  /** Where people fill them in, for the warning at synthesis that a topic's messages reach nobody; `false` where nobody is to be told. @default "subscriptions" */
  readonly subscriptionsIn?: string | false;
  /** Where people read the runbook: an address, or the path in the project. Alarms add their section. @default "docs/operations.md" */
  readonly runbook?: string;
}

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

/**
 * What tells people how things are: three topics, the functions that word what is sent there, and of everything in the stack that says by what it
 * can be watched (`Measured`) its charts and alarms. What is built after it is watched like what was built before.
 *
 * @example
 * const monitoring = new Monitoring(this, "Monitoring", {
 *   names, lake, runLedger, limits,
 *   subscriptions: { notifications: [{ protocol: "email", endpoint: "team@example.com" }] },
 * });
 * monitoring.notifications.grantPublish(role);
 */
export class Monitoring extends Construct {
  /** How every run ended, and alarms about runs, functions and events. */
  readonly notifications: Topic;
  /** Runs that the data quality gate stopped, and what else is wrong with the data. */
  readonly qualityAlerts: Topic;
  /** What costs more than it should: budgets, anomalies, queries. */
  readonly costAlerts: Topic;
  /** Writes a run's summary, enters it in the run ledger and words its message. */
  readonly summarizeRun: LambdaFunction;
  /** Words what alarms say. */
  readonly tellAlarm: LambdaFunction;
  /** Brings what AWS bills to CloudWatch. */
  readonly spend: SpendReport;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { names, limits, runbook = DEFAULTS.runbook, subscriptions = DEFAULTS.subscriptions } = props;
    const { subscriptionsIn = DEFAULTS.subscriptionsIn } = props;
    const unheard = subscriptionsIn === false ? undefined : unheardText(subscriptions, subscriptionsIn);
    if (unheard !== undefined) Annotations.of(this).addWarning(unheard);
    const topics = this.topics(names, subscriptions);
    this.notifications = topics.notifications;
    this.qualityAlerts = topics.qualityAlerts;
    this.costAlerts = topics.costAlerts;
    this.summarizeRun = this.summaries(props);
    this.tellAlarm = this.alarmsInWords(props);

    new Budgets(this, "Budgets", { names, topic: this.costAlerts, ...props.budget });
    this.spend = new SpendReport(this, "Spend", {
      names,
      lake: props.lake,
      monthlyUsd: props.budget.monthlyUsd,
      ...(props.functions === undefined ? {} : { functions: props.functions }),
    });

    const { tellAlarm, notifications } = this;
    const told = { arn: tellAlarm.functionArn };
    watchStack(this, limits, ({ alarms, charts }) => {
      makeAlarms(this, {
        names,
        runbook,
        alarms,
        // Who words alarms cannot be the one to say that it cannot.
        actions: { run: told, delivery: told, data: told, cost: told, alarms: notifications },
      });
      saveQueries(this, names);
      makeDashboards(this, { names, runbook, charts, region: aws(this).region });
    });
  }

  private topics(names: Names, subscriptions: TopicSubscriptions) {
    const alarms: TopicSource = {
      of: "Alarms",
      service: "cloudwatch.amazonaws.com",
      arns: [aws(this).arn("cloudwatch", `alarm:${names.anyAlarm}`)],
    };
    const key = topicsKey(this, [alarms, ...BILLING]);
    const topic = (
      id: string,
      name: string,
      called: string,
      more: readonly TopicSource[],
      who: readonly Subscription[],
    ) =>
      new Topic(this, id, {
        name,
        displayName: `${called} ${names.environment}`,
        key,
        sources: [alarms, ...more],
        subscriptions: who,
      });
    const { notifications = [], qualityAlerts = [], costAlerts = [] } = subscriptions;
    return {
      notifications: topic("Notifications", names.notificationsTopic, "Commerce lake", [], notifications),
      qualityAlerts: topic("QualityAlerts", names.qualityAlertsTopic, "Data quality", [], qualityAlerts),
      costAlerts: topic("CostAlerts", names.costAlertsTopic, "Costs", BILLING, costAlerts),
    };
  }

  private summaries({ names, lake, runLedger, functions = {} }: MonitoringProps): LambdaFunction {
    const summarize = new LambdaFunction(this, "SummarizeRun", {
      ...functions,
      names,
      store: lake.artifacts,
      functionName: "summarize-run",
      description: "Writes the summary of a run and words its notification",
      environment: { LAKE_BUCKET: lake.bucketName, RUN_LEDGER_TABLE: runLedger.tableName },
      memoryMb: DEFAULTS.functionMemoryMb,
      timeoutSeconds: DEFAULTS.functionTimeoutSeconds,
    });
    lake.zones.runs.grantRead(summarize);
    lake.zones.runs.grantWrite(summarize, "*/summary.json");
    runLedger.grantReadWrite(summarize);
    return summarize;
  }

  private alarmsInWords({ names, lake, functions = {} }: MonitoringProps): LambdaFunction {
    const anyAlarm = aws(this).arn("cloudwatch", `alarm:${names.anyAlarm}`);
    const tell = new LambdaFunction(this, "TellAlarm", {
      ...functions,
      names,
      store: lake.artifacts,
      functionName: "tell-alarm",
      description: "Tells people of alarms in words",
      environment: {
        NOTIFICATIONS_TOPIC: this.notifications.arn,
        QUALITY_ALERTS_TOPIC: this.qualityAlerts.arn,
        COST_ALERTS_TOPIC: this.costAlerts.arn,
      },
      memoryMb: DEFAULTS.functionMemoryMb,
      timeoutSeconds: DEFAULTS.functionTimeoutSeconds,
      concern: "alarms",
    });
    tell.allow({ sid: "LookAtAlarms", actions: ["cloudwatch:DescribeAlarms"], resources: [anyAlarm] });
    for (const topic of [this.notifications, this.qualityAlerts, this.costAlerts]) topic.grantPublish(tell);
    new LambdaPermission(this, "AllowAlarms", {
      statementId: "AllowAlarms",
      functionName: tell.functionName,
      ...(tell.qualifier === undefined ? {} : { qualifier: tell.qualifier }),
      action: "lambda:InvokeFunction",
      principal: "lambda.alarms.cloudwatch.amazonaws.com",
      sourceArn: anyAlarm,
      sourceAccount: aws(this).account,
    });
    return tell;
  }
}
