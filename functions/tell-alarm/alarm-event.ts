import { EventReader } from "../lib/event";

/** What CloudWatch says to a function that an alarm calls. */
export interface AlarmEvent {
  readonly alarmName: string;
  /** ISO 8601. */
  readonly time: string;
  readonly state: "ALARM" | "OK" | "INSUFFICIENT_DATA";
  /** When the state before this one began; undefined where CloudWatch does not say. */
  readonly before: string | undefined;
  /** Names of the alarms that a composite one is made of; empty for others. */
  readonly members: readonly string[];
  /** Of these, the ones whose change began the state before this one; empty where CloudWatch does not say. */
  readonly began: readonly string[];
  /** Of these, the ones whose change began this state. */
  readonly ended: readonly string[];
  readonly description: string;
  readonly reason: string;
}

/**
 * Reads the event.
 *
 * @throws InvalidEvent where it is none of an alarm.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
 */
export function alarmEventOf(event: unknown): AlarmEvent {
  const data = new EventReader(new EventReader(event).value("alarmData"));
  const state = new EventReader(data.value("state"));
  const before = data.value("previousState");
  const configuration = new EventReader(data.value("configuration") ?? {});
  const value = state.text("value");
  const members = membersOf(configuration.optionalText("alarmRule") ?? "");
  const triggers = (of: unknown) => triggersOf(of).filter((name) => members.includes(name));
  return {
    alarmName: data.text("alarmName"),
    time: isoOf(state.text("timestamp")),
    state: value === "ALARM" || value === "OK" ? value : "INSUFFICIENT_DATA",
    before: before === undefined ? undefined : timeOf(new EventReader(before).optionalText("timestamp")),
    members,
    began: triggers(before),
    ended: triggers(data.value("state")),
    description: configuration.optionalText("description") ?? "",
    reason: state.optionalText("reason") ?? "",
  };
}

/** Names in a rule such as `ALARM("a") OR (ALARM("b") AND NOT ALARM("c"))`; what must not be on is no member. */
function membersOf(rule: string): string[] {
  return [...rule.matchAll(/(NOT\s+)?ALARM\("([^"]+)"\)/g)].flatMap(([, not, name]) =>
    not === undefined && name !== undefined ? [name] : [],
  );
}

/**
 * Names in what CloudWatch gives as the reason of a composite alarm's state: JSON in a text, with the ARNs of the alarms that changed. It is an
 * explanation for people: where it is none that can be read, the message does without.
 */
function triggersOf(state: unknown): string[] {
  try {
    const reason = new EventReader(JSON.parse(new EventReader(state).text("reasonData")));
    return reason.list("triggeringAlarms").flatMap((alarm) => alarm.text("arn").split(":alarm:")[1] ?? []);
  } catch {
    return [];
  }
}

const timeOf = (text: string | undefined) => (text === undefined ? undefined : isoOf(text));

/** CloudWatch writes `2025-01-15T03:10:00.000+0000`. */
function isoOf(text: string): string {
  const time = new Date(text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}
