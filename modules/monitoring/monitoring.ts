import { Construct } from "constructs";
import type { Lake } from "../lake";
import { type FunctionSettings, LambdaFunction } from "../lib/lambda-function";
import type { Names } from "../lib/naming";
import { Topic } from "./topic";
import { TopicsKey } from "./topics-key";

export interface MonitoringProps {
  readonly names: Names;
  readonly lake: Lake;
  /** What its functions share. */
  readonly functions?: FunctionSettings;
  /** Who gets notifications and alerts; each address confirms once. @default [] */
  readonly emails?: readonly string[];
}

/**
 * What tells people how runs went: the two topics, and the function that sums a run up.
 *
 * @example
 * const monitoring = new Monitoring(this, "Monitoring", { names, lake, emails: ["team@example.com"] });
 * monitoring.notifications.grantPublish(role);
 */
export class Monitoring extends Construct {
  /** How every run ended. */
  readonly notifications: Topic;
  /** Runs that the data quality gate stopped. */
  readonly qualityAlerts: Topic;
  /** Writes a run's summary and words its message. It reads and writes the run ledger, which grants it that. */
  readonly summarizeRun: LambdaFunction;

  constructor(scope: Construct, id: string, { names, lake, functions = {}, emails = [] }: MonitoringProps) {
    super(scope, id);
    const key = new TopicsKey(this, "TopicsKey");
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
      environment: { LAKE_BUCKET: lake.bucketName, RUN_LEDGER_TABLE: names.runLedger },
    });
    lake.zones.runs.grantRead(this.summarizeRun);
    lake.zones.runs.grantWrite(this.summarizeRun, "*/summary.json");
  }
}
