import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { SfnStateMachine } from "@cdktf/provider-aws/lib/sfn-state-machine";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import { jsonencode } from "../lib/expression";
import type { AlarmLimits, Measured, Measures } from "../lib/measures";
import { type Permission, ServiceRole } from "../lib/service-role";
import type { StateMachineDefinition } from "./asl";
import { DailyTrigger } from "./daily-trigger";
import { buildDefinition } from "./definition";
import type { OrchestrationProps, RunParts } from "./orchestration-props";
import { permissionsOf } from "./permissions";
import { runMeasures } from "./run-measures";
import { settingsFrom } from "./settings";

/**
 * The daily run: its state machine and the schedule that starts it.
 *
 * @throws ConfigurationError on settings that no run can have.
 *
 * @example
 * new Orchestration(this, "Orchestration", {
 *   names, lake, runLedger, functions, datasets, mergeJob, topics,
 *   schedule: { expression: "cron(0 3 * * ? *)", enabled: true },
 *   logs: { retentionDays: 30 }, tracing: { enabled: true },
 * });
 */
export class Orchestration extends Construct implements Measured {
  readonly stateMachineArn: string;
  readonly definition: StateMachineDefinition;
  readonly role: ServiceRole;
  /** The schedule; undefined where there is none. */
  readonly dailyTrigger: DailyTrigger | undefined;
  private readonly environment: string;

  constructor(scope: Construct, id: string, props: OrchestrationProps) {
    super(scope, id);
    const { names } = props;
    this.environment = names.environment;
    const parts: RunParts = { ...props, environment: names.environment };

    this.definition = buildDefinition(parts, settingsFrom(props.settings));

    this.role = new ServiceRole(this, "Role", {
      name: names.role("state-machine"),
      service: "states.amazonaws.com",
      description: "What the states of the daily run do, and no more.",
    });
    this.role.allow(
      ...permissionsOf(this.definition, {
        parts,
        stateMachine: names.stateMachine,
        aws: aws(this),
      }),
      DELIVER_LOGS,
      ...(props.tracing.enabled ? [SEND_TRACES] : []),
    );

    const logGroup = new CloudwatchLogGroup(this, "Logs", {
      name: names.logGroups.stateMachine,
      retentionInDays: props.logs.retentionDays,
    });
    const stateMachine = new SfnStateMachine(this, "StateMachine", {
      name: names.stateMachine,
      // Standard: a run takes hours, must not be run twice, and can be redriven; its few dozen transitions cost next to nothing.
      type: "STANDARD",
      roleArn: this.role.arn,
      definition: jsonencode(this.definition),
      loggingConfiguration: {
        level: "ALL",
        includeExecutionData: props.logs.executionData ?? false,
        logDestination: `${logGroup.arn}:*`,
      },
      tracingConfiguration: { enabled: props.tracing.enabled },
      // Step Functions tries the role out when the machine is created.
      ...(this.role.policy === undefined ? {} : { dependsOn: [this.role.policy] }),
    });
    this.stateMachineArn = stateMachine.arn;

    if (props.schedule !== undefined) {
      this.dailyTrigger = new DailyTrigger(this, "DailyTrigger", {
        names,
        stateMachineArn: this.stateMachineArn,
        schedule: props.schedule,
      });
    }
  }

  measures(limits: AlarmLimits): Measures {
    return runMeasures({ environment: this.environment, stateMachineArn: this.stateMachineArn }, limits);
  }
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html (these actions take no resource) */
const DELIVER_LOGS: Permission = {
  sid: "DeliverLogs",
  actions: [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
  ],
  resources: ["*"],
};

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html (these actions take no resource) */
const SEND_TRACES: Permission = {
  sid: "SendTraces",
  actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"],
  resources: ["*"],
};
