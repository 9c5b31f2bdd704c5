import { readAlarmText } from "../../modules/lib/alarm-text";
import { printable } from "../lib/printable";
import type { AlarmEvent } from "./alarm-event";

/** An alarm that is on. */
export interface ActiveAlarm {
  readonly name: string;
  readonly description: string;
  /** What CloudWatch saw. */
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface Message {
  readonly subject: string;
  readonly message: string;
}

/** Longest subject that SNS takes. @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const MAX_SUBJECT = 100;
const MAX_REASON = 500;

/**
 * Words what an alarm says: verdict first, then of each alarm that is on what it means, since when, and what to type next.
 *
 * @param active the alarms that are on, of those that this one speaks for.
 */
export function wordAlarm(event: AlarmEvent, active: readonly ActiveAlarm[], environment: string): Message {
  const short = (name: string) => name.replace(/^commerce-lake-/, "").replace(new RegExp(`-${environment}$`), "");
  const about = short(event.alarmName);
  const verdict = event.state === "OK" ? "OVER" : about.endsWith("-warning") ? "WARNING" : "ALARM";
  const alarms = event.state === "OK" ? [...event.began, ...event.ended] : active.map(({ name }) => name);
  const named = alarms.length === 0 ? about : [...new Set(alarms.map(short))].join(", ");
  const day = event.time.slice(0, "YYYY-MM-DD".length);
  const subject = `[commerce-lake ${environment}] ${day} ${verdict}: ${named}`;
  return {
    subject: subject.replace(/[^ -~]/g, "?").slice(0, MAX_SUBJECT),
    message: [
      `Commerce lake ${environment}: ${verdict} (${about}), ${event.time}`,
      "",
      ...(event.state === "OK" ? overLines(event, environment, short) : active.flatMap((alarm) => lines(alarm, short))),
    ].join("\n"),
  };
}

function lines({ name, description, reason, since }: ActiveAlarm, short: (name: string) => string): string[] {
  const { says, command, runbook } = readAlarmText(description);
  return [
    short(name),
    `  ${says}`,
    `  Since ${since}: ${printable(reason, MAX_REASON)}`,
    ...(command === "" ? [] : [`  Type next: ${command}`]),
    ...(runbook === "" ? [] : [`  Usual causes, and how to see that it is over: ${runbook}`]),
    "",
  ];
}

function overLines(
  { time, before, began, ended }: AlarmEvent,
  environment: string,
  short: (name: string) => string,
): string[] {
  const lasted = before === undefined ? "" : ` It began at ${before} and lasted ${duration(before, time)}.`;
  const first = began.map(short).join(", ");
  const last = ended.map(short).join(", ");
  const which =
    first === "" || last === "" || first === last
      ? [first || last].filter(Boolean).map((name) => `  It was ${name}.`)
      : [`  It began with ${first}; the last to end was ${last}. Others may have been on in between.`];
  return [
    `None of the alarms that this one speaks for is on any more.${lasted}`,
    ...which,
    `  To see that all is well: npm run pipeline -- status --env ${environment}`,
    "",
  ];
}

function duration(from: string, to: string): string {
  const minutes = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 60_000));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
