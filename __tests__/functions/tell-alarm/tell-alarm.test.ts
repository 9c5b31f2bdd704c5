import type { ActiveAlarm, Message } from "../../../functions/tell-alarm/message";
import { tellAlarm } from "../../../functions/tell-alarm/tell-alarm";
import { writeAlarmText } from "../../../modules/lib/alarm-text";
import { silent } from "../memory-objects";

const TOPICS = { data: "data-quality-alerts", cost: "cost-alerts", others: "pipeline-notifications" };

const failed: ActiveAlarm = {
  name: "commerce-lake-run-failed-prod",
  description: writeAlarmText({
    says: "The last run failed.",
    command: "npm run pipeline -- status --env prod",
    runbook: "docs/operations.md#run-failed",
  }),
  reason: "Threshold Crossed: 1 datapoint [1.0 (28/11/25 03:05:00)] was greater than the threshold (0.0).",
  since: "2025-11-28T03:06:10.000Z",
};
const jobFailed: ActiveAlarm = {
  ...failed,
  name: "commerce-lake-transaction-etl-failed-prod",
  description: "No more is said.",
};

/** As CloudWatch calls a function for a composite alarm. */
const called = (alarmName: string, value: string, more: object = {}) => ({
  source: "aws.cloudwatch",
  alarmArn: `arn:aws:cloudwatch:eu-central-1:333333333333:alarm:${alarmName}`,
  accountId: "333333333333",
  time: "2025-11-28T03:06:15.123+0000",
  region: "eu-central-1",
  alarmData: {
    alarmName,
    state: {
      value,
      reason: "…:alarm:commerce-lake-run-failed-prod transitioned",
      timestamp: "2025-11-28T03:06:15.100+0000",
    },
    previousState: { value: "OK", reason: "…", timestamp: "2025-11-28T01:00:00.000+0000" },
    configuration: {
      alarmRule:
        '(ALARM("commerce-lake-run-failed-prod") OR ALARM("commerce-lake-run-late-prod")) AND NOT ALARM("commerce-lake-x-prod")',
    },
    ...more,
  },
});

async function told(event: unknown, on: readonly ActiveAlarm[] = [failed]) {
  const sent: (Message & { readonly topic: string })[] = [];
  const asked: (readonly string[])[] = [];
  await tellAlarm(event, {
    environment: "prod",
    topics: TOPICS,
    active: async (names) => {
      asked.push(names);
      return on;
    },
    publish: async (topic, message) => void sent.push({ topic, ...message }),
    logger: silent,
  });
  expect(sent).toHaveLength(1);
  return { ...sent[0], asked };
}

test("says what is wrong, since when, what it means and what to type next", async () => {
  const { topic, subject, message, asked } = await told(called("commerce-lake-run-page-prod", "ALARM"), [
    failed,
    jobFailed,
  ]);
  expect(asked).toEqual([["commerce-lake-run-failed-prod", "commerce-lake-run-late-prod"]]);
  expect(topic).toBe("pipeline-notifications");
  expect(subject).toBe("[commerce-lake prod] 2025-11-28 ALARM: run-failed, transaction-etl-failed");
  expect(message).toBe(`Commerce lake prod: ALARM (run-page), 2025-11-28T03:06:15.100Z

run-failed
  The last run failed.
  Since 2025-11-28T03:06:10.000Z: ${failed.reason}
  Type next: npm run pipeline -- status --env prod
  Usual causes, and how to see that it is over: docs/operations.md#run-failed

transaction-etl-failed
  No more is said.
  Since 2025-11-28T03:06:10.000Z: ${failed.reason}
`);
});

test.each([
  ["commerce-lake-run-page-prod", "pipeline-notifications", "ALARM"],
  ["commerce-lake-delivery-page-prod", "pipeline-notifications", "ALARM"],
  ["commerce-lake-data-page-prod", "data-quality-alerts", "ALARM"],
  ["commerce-lake-data-warning-prod", "data-quality-alerts", "WARNING"],
  ["commerce-lake-cost-warning-prod", "cost-alerts", "WARNING"],
])("%s goes to %s as %s", async (name, topic, verdict) => {
  const message = await told(called(name, "ALARM"));
  expect(message.topic).toBe(topic);
  expect(message.subject).toContain(` 2025-11-28 ${verdict}: `);
});

test("says that it is over, and how long it lasted", async () => {
  const { subject, message, asked } = await told(called("commerce-lake-run-page-prod", "OK"));
  expect(asked).toEqual([]);
  expect(subject).toBe("[commerce-lake prod] 2025-11-28 OVER: run-page");
  expect(message).toContain("It began at 2025-11-28T01:00:00.000Z and lasted 2 h 6 min.");
  expect(message).toContain("npm run pipeline -- status --env prod");
});

/** The reason of a composite alarm's state, as CloudWatch gives it. */
const because = (value: string, ...names: string[]) => ({
  value,
  timestamp: value === "OK" ? "2025-11-28T03:06:15.100+0000" : "2025-11-28T01:00:00.000+0000",
  reason: "…",
  reasonData: JSON.stringify({
    triggeringAlarms: names.map((name) => ({
      arn: `arn:aws:cloudwatch:eu-central-1:333333333333:alarm:commerce-lake-${name}-prod`,
      state: { value, timestamp: "2025-11-28T03:06:15.100+0000" },
    })),
  }),
});

const over = (state: object, previousState: object) =>
  told(called("commerce-lake-run-page-prod", "OK", { state, previousState }));

test("says which alarm it was that is over", async () => {
  const { subject, message } = await over(because("OK", "run-failed"), because("ALARM", "run-failed"));
  expect(subject).toBe("[commerce-lake prod] 2025-11-28 OVER: run-failed");
  expect(message).toBe(`Commerce lake prod: OVER (run-page), 2025-11-28T03:06:15.100Z

None of the alarms that this one speaks for is on any more. It began at 2025-11-28T01:00:00.000Z and lasted 2 h 6 min.
  It was run-failed.
  To see that all is well: npm run pipeline -- status --env prod
`);
});

test("says which alarm began and which ended it, where they are not the same", async () => {
  const { subject, message } = await over(because("OK", "run-late"), because("ALARM", "run-failed"));
  expect(subject).toBe("[commerce-lake prod] 2025-11-28 OVER: run-failed, run-late");
  expect(message).toContain(
    "\n  It began with run-failed; the last to end was run-late. Others may have been on in between.\n",
  );
});

test.each([
  ["nothing", {}],
  ["no JSON", { reasonData: "soon" }],
  ["another JSON", { reasonData: "[]" }],
  ["alarms without ARNs", { reasonData: '{"triggeringAlarms": [{}, null, {"arn": 1}]}' }],
  ["an alarm that it does not speak for", because("OK", "x")],
])("goes without the name where CloudWatch gives as its reason %s", async (_, reason) => {
  const state = { ...because("OK"), reasonData: undefined, ...reason };
  const { subject, message } = await over(state, { ...because("ALARM"), ...reason });
  expect(subject).toBe("[commerce-lake prod] 2025-11-28 OVER: run-page");
  expect(message).not.toContain("It was");
  const one = await over(because("OK", "run-late"), { ...because("ALARM"), ...reason });
  expect(one.subject).toBe("[commerce-lake prod] 2025-11-28 OVER: run-late");
  expect(one.message).toContain("\n  It was run-late.\n");
});

test("speaks of itself where nothing it speaks for is on any more", async () => {
  const { subject, message } = await told(called("commerce-lake-run-page-prod", "ALARM"), []);
  expect(subject).toBe("[commerce-lake prod] 2025-11-28 ALARM: run-page");
  expect(message).toContain("commerce-lake-run-failed-prod transitioned");
});

test("fits SNS, whatever it is called", async () => {
  const many = Array.from({ length: 20 }, (_, at) => ({ ...failed, name: `commerce-lake-función-${at}-prod` }));
  const { subject = "" } = await told(called("commerce-lake-run-page-prod", "ALARM"), many);
  expect(subject).toMatch(/^[ -~]{100}$/);
});

test.each([{}, { alarmData: {} }, { alarmData: { alarmName: "a", state: {} } }, null])(
  "%j is no event of an alarm",
  async (event) => {
    await expect(told(event)).rejects.toThrow(/^The event/);
  },
);
