import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule";
import { Construct } from "constructs";
import type { Names } from "../lib/naming";
import { Queue } from "../lib/queue";
import { ServiceRole } from "../lib/service-role";
import type { DailySchedule } from "./orchestration-props";

export interface DailyTriggerProps {
  readonly names: Names;
  readonly stateMachineArn: string;
  readonly schedule: DailySchedule;
}

/** Starts a run every day; its date is the day before. */
export class DailyTrigger extends Construct {
  /** Runs that could not be started: the message is the input, with the time that the run was due. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: DailyTriggerProps) {
    super(scope, id);
    const { names } = props;
    const { expression, timezone, enabled } = props.schedule;
    const role = new ServiceRole(this, "Role", {
      name: names.role("daily-trigger"),
      service: "scheduler.amazonaws.com",
      description: "Starts the daily run.",
    });
    role.allow({ sid: "StartRun", actions: ["states:StartExecution"], resources: [props.stateMachineArn] });
    this.deadLetters = new Queue(this, "UnstartedRuns", {
      names,
      of: "unstarted-runs",
      advice: {
        says: "The daily run was not started: Step Functions refused it for an hour. The message says when it was due; its date is the day before.",
        command: `npm run pipeline -- run --env ${names.environment} --date yesterday`,
      },
    });
    this.deadLetters.grantSend(role);
    new SchedulerSchedule(this, "Schedule", {
      name: names.stateMachine,
      description: "Starts the run of the day before.",
      scheduleExpression: expression,
      scheduleExpressionTimezone: timezone ?? "UTC",
      state: enabled ? "ENABLED" : "DISABLED",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: props.stateMachineArn,
        roleArn: role.arn,
        // Not Fn.jsonencode: it would escape the angle brackets by which the scheduler knows its own keyword.
        input: JSON.stringify({ trigger: "schedule", scheduledTime: "<aws.scheduler.scheduled-time>" }),
        // A run that is a day late would have the date of another.
        deadLetterConfig: { arn: this.deadLetters.arn },
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
      },
    });
  }
}
