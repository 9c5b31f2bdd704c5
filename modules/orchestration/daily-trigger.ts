import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule";
import { Construct } from "constructs";
import { ServiceRole } from "../lib/service-role";
import type { DailySchedule } from "./orchestration-props";

export interface DailyTriggerProps {
  /** Physical name of the schedule. */
  readonly name: string;
  readonly roleName: string;
  readonly stateMachineArn: string;
  readonly schedule: DailySchedule;
}

/** Starts a run every day; its date is the day before. */
export class DailyTrigger extends Construct {
  constructor(scope: Construct, id: string, props: DailyTriggerProps) {
    super(scope, id);
    const { expression, timezone, enabled } = props.schedule;
    const role = new ServiceRole(this, "Role", {
      name: props.roleName,
      service: "scheduler.amazonaws.com",
      description: "Starts the daily run.",
    });
    role.allow({ sid: "StartRun", actions: ["states:StartExecution"], resources: [props.stateMachineArn] });
    new SchedulerSchedule(this, "Schedule", {
      name: props.name,
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
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
      },
    });
  }
}
