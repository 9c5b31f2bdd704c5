import type { Logger } from "../lib/logger";
import { type AlarmEvent, alarmEventOf } from "./alarm-event";
import { type ActiveAlarm, type Message, wordAlarm } from "./message";

export interface TellAlarmClients {
  readonly environment: string;
  /** The topic for what is about something: the first word of the alarm's name. */
  readonly topics: Readonly<Record<"data" | "cost" | "others", string>>;
  /** The alarms of these names that are on. */
  readonly active: (names: readonly string[]) => Promise<readonly ActiveAlarm[]>;
  readonly publish: (topic: string, message: Message) => Promise<void>;
  readonly logger: Logger;
}

/**
 * Tells people of an alarm in words.
 *
 * @throws what CloudWatch or SNS failed with: call it again.
 */
export async function tellAlarm(event: unknown, clients: TellAlarmClients): Promise<void> {
  const { environment, topics, active, publish, logger } = clients;
  const alarm = alarmEventOf(event);
  const on = alarm.state === "OK" ? [] : await membersOn(alarm, active);
  const message = wordAlarm(alarm, on, environment);
  const [, concern] = /^commerce-lake-(data|cost)-/.exec(alarm.alarmName) ?? [];
  await publish(concern === "data" || concern === "cost" ? topics[concern] : topics.others, message);
  logger.info("alarm told", { alarm: alarm.alarmName, state: alarm.state, on: on.map(({ name }) => name) });
}

/** What is on, of those that the alarm speaks for; itself where they are over again already, or it speaks for itself. */
async function membersOn(alarm: AlarmEvent, active: TellAlarmClients["active"]): Promise<readonly ActiveAlarm[]> {
  const members = alarm.members.length === 0 ? [] : await active(alarm.members);
  if (members.length > 0) return members;
  const { alarmName: name, description, reason, time: since } = alarm;
  return [{ name, description, reason, since }];
}
