import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import type { Lake } from "../lake";
import { aws } from "../lib/aws";
import { codeVersion } from "../lib/code-version";
import { type FunctionSettings, LambdaFunction } from "../lib/lambda-function";
import type { LedgerTable } from "../lib/ledger-table";
import type { Names } from "../lib/naming";
import { Queue } from "../lib/queue";
import type { Grantee } from "../lib/service-role";

export interface EndedRunsProps {
  readonly names: Names;
  readonly lake: Lake;
  readonly runLedger: LedgerTable;
  readonly stateMachineArn: string;
  /** Where people hear how runs ended. */
  readonly notifications: { readonly arn: string; grantPublish(role: Grantee): void };
  /** What its function shares with others. */
  readonly functions?: FunctionSettings;
  /** Where programs hear how runs ended. */
  /** Tables of all runs. */
  readonly history: readonly { grantAppend(role: Grantee): void }[];
  /** The Glue jobs that runs start: what they used is entered in the run ledger. */
  readonly jobs: readonly { readonly arn: string }[];
  readonly bus: { readonly name: string; grantPut(role: Grantee): void };
}

/**
 * Looks after runs that have ended, and tells programs so. One that is stopped, or runs out of time, is cut off where it is and can neither free its
 * locks nor tell anybody; nor can one that fails in a way that no state catches.
 *
 * @example
 * new EndedRuns(this, "EndedRuns", { names, lake, runLedger, stateMachineArn, notifications, bus, jobs, history });
 */
export class EndedRuns extends Construct {
  /** Ends that could not be looked after. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: EndedRunsProps) {
    super(scope, id);
    const { names, lake, runLedger, stateMachineArn, notifications, bus, jobs, history, functions = {} } = props;
    const rule = new CloudwatchEventRule(this, "Rule", {
      name: names.endedRunsRule,
      description: "Runs that have ended",
      eventPattern: Fn.jsonencode({
        source: ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        detail: { stateMachineArn: [stateMachineArn], status: ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] },
      }),
    });
    this.deadLetters = new Queue(this, "UnclosedRuns", {
      names,
      of: "unclosed-runs",
      rule: rule.arn,
      advice: {
        says: "A run was cut off, and the function that frees its date and tells of it failed. Its date stays locked until its lease is over.",
        command: `npm run pipeline -- status --env ${names.environment}`,
      },
    });

    const close = new LambdaFunction(this, "CloseRun", {
      ...functions,
      names,
      store: lake.artifacts,
      functionName: "close-run",
      description: "Ends a run that was cut off, and tells programs how any run ended",
      environment: {
        LAKE_BUCKET: lake.bucketName,
        RUN_LEDGER_TABLE: runLedger.tableName,
        NOTIFICATIONS_TOPIC: notifications.arn,
        EVENT_BUS: bus.name,
        CODE_VERSION: codeVersion(),
      },
    });
    runLedger.grantReadWrite(close);
    lake.zones.runs.grantRead(close);
    lake.zones.runs.grantWrite(close, "*/summary.json");
    notifications.grantPublish(close);
    bus.grantPut(close);
    for (const table of history) table.grantAppend(close);
    close.allow({
      sid: "LookAtRuns",
      actions: ["states:DescribeExecution", "states:GetExecutionHistory"],
      resources: [aws(this).arn("states", `execution:${names.stateMachine}:*`)],
    });
    close.allow({ sid: "LookAtJobs", actions: ["glue:GetJobRun"], resources: jobs.map(({ arn }) => arn) });
    close.sendFailuresTo(this.deadLetters);

    new LambdaPermission(this, "AllowRule", {
      statementId: "AllowEndedRunsRule",
      functionName: close.functionName,
      ...(close.qualifier === undefined ? {} : { qualifier: close.qualifier }),
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
    new CloudwatchEventTarget(this, "Close", {
      rule: rule.name,
      targetId: "Close",
      arn: close.functionArn,
      deadLetterConfig: { arn: this.deadLetters.arn },
    });
  }
}
