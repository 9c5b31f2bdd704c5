import { CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { readSettings } from "../lib/environment";
import { createLogger } from "../lib/logger";
import type { ActiveAlarm } from "./message";
import { tellAlarm } from "./tell-alarm";

const settings = readSettings("LAKE_ENV", "NOTIFICATIONS_TOPIC", "QUALITY_ALERTS_TOPIC", "COST_ALERTS_TOPIC");
const cloudWatch = new CloudWatchClient({});
const sns = new SNSClient({});
const topics = {
  data: settings.QUALITY_ALERTS_TOPIC,
  cost: settings.COST_ALERTS_TOPIC,
  others: settings.NOTIFICATIONS_TOPIC,
};

/** How many names CloudWatch takes at once. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
const MOST_NAMES = 100;

/** Called by CloudWatch when an alarm that speaks for others starts or ends: see docs/architecture.md ("Alarms"). */
export async function handler(event: unknown): Promise<void> {
  await tellAlarm(event, {
    environment: settings.LAKE_ENV,
    topics,
    active,
    publish: async (topic, { subject, message }) => {
      await sns.send(
        new PublishCommand({
          TopicArn: topic,
          Subject: subject,
          Message: message,
          // By this, a pager gets alarms and no reports of runs.
          MessageAttributes: { kind: { DataType: "String", StringValue: "alarm" } },
        }),
      );
    },
    logger: createLogger({ function: "tell-alarm" }),
  });
}

async function active(names: readonly string[]): Promise<ActiveAlarm[]> {
  const found: ActiveAlarm[] = [];
  const query = { AlarmNames: names.slice(0, MOST_NAMES), StateValue: "ALARM" } as const;
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client: cloudWatch }, query)) {
    for (const {
      AlarmName: name,
      AlarmDescription: description = "",
      StateReason: reason = "",
      ...alarm
    } of MetricAlarms) {
      if (name === undefined || alarm.StateValue !== "ALARM") continue;
      found.push({
        name,
        description,
        reason,
        since: alarm.StateUpdatedTimestamp?.toISOString() ?? "a time not known",
      });
    }
  }
  return found;
}
