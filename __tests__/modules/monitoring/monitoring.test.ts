import { Construct } from "constructs";
import { Monitoring, type MonitoringProps } from "../../../modules/monitoring";
import { aLake, aLedger, aRole, NAMES } from "../support/parts";
import { rightsOf, statements, synthesize } from "../support/synthesis";

const build = (
  props: Partial<MonitoringProps> = {},
  use: (made: Monitoring, role: () => ReturnType<typeof aRole>) => void = () => {},
) =>
  synthesize((scope) => {
    const made = new Monitoring(scope, "Monitoring", {
      names: NAMES,
      lake: aLake(scope),
      runLedger: aLedger(scope),
      ...props,
    });
    use(made, () => aRole(scope));
  });

const stack = build();
const key = stack.only("aws_kms_key");

describe("alarms", () => {
  const watched = build({}, (made) => {
    const queue = Object.assign(new Construct(made, "Unstarted"), { name: "the-queue", of: "unstarted-uploads" });
    made.alarmOnMessages(queue, "redrive them");
    made.alarmOnErrors(made.summarizeRun, "summarize-run", "read its log");
  });
  const topic = `\${${watched.find("aws_sns_topic", "name", NAMES.notificationsTopic).address}.arn}`;
  const told = { alarm_actions: [topic], ok_actions: [topic], treat_missing_data: "notBreaching" };

  test("one message of a queue is one too many", () => {
    expect(
      watched.find("aws_cloudwatch_metric_alarm", "metric_name", "ApproximateNumberOfMessagesVisible"),
    ).toMatchObject({
      ...told,
      alarm_name: "commerce-lake-unstarted-uploads-messages-test",
      alarm_description: "redrive them",
      namespace: "AWS/SQS",
      dimensions: { QueueName: "the-queue" },
      statistic: "Maximum",
      period: 60,
      evaluation_periods: 1,
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
    });
  });

  test("a function that fails for a quarter of an hour is a matter for people", () => {
    expect(watched.find("aws_cloudwatch_metric_alarm", "metric_name", "Errors")).toMatchObject({
      ...told,
      alarm_name: "commerce-lake-summarize-run-errors-test",
      dimensions: { FunctionName: expect.stringContaining("aws_lambda_function") },
      statistic: "Sum",
      period: 300,
      evaluation_periods: 3,
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
    });
  });
});

test("both topics are there, encrypted with the lake's own key", () => {
  const topics = stack.every("aws_sns_topic");
  expect(topics.map(({ name }) => name)).toEqual(["pipeline-notifications-test", "data-quality-alerts-test"]);
  for (const topic of topics) expect(topic.kms_master_key_id).toBe(`\${${key.address}.key_id}`);
});

test("topics refuse what does not come over TLS, and let this account's alarms in", () => {
  const policies = stack.every("aws_sns_topic_policy");
  expect(policies).toHaveLength(2);
  for (const { policy, arn } of policies) {
    expect(statements(policy)).toEqual([
      {
        sid: "DenyPlainHttp",
        effect: "Deny",
        principals: { "*": ["*"] },
        actions: ["sns:Publish"],
        resources: [arn],
        conditions: { Bool: { "aws:SecureTransport": "false" } },
      },
      {
        sid: "AllowAlarms",
        effect: "Allow",
        principals: { Service: ["cloudwatch.amazonaws.com"] },
        actions: ["sns:Publish"],
        resources: [arn],
        conditions: { StringEquals: { "aws:SourceAccount": expect.stringContaining("account_id") } },
      },
    ]);
  }
});

test("the key is renewed every year, is the account's to manage, and serves the account's alarms", () => {
  expect(key).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 30 });
  const [account, alarms, ...others] = statements(key.policy);
  expect(others).toEqual([]);
  expect(account?.principals).toEqual({ AWS: [expect.stringMatching(/:iam::.*:root$/)] });
  expect(alarms).toMatchObject({
    principals: { Service: ["cloudwatch.amazonaws.com"] },
    conditions: { StringEquals: { "aws:SourceAccount": expect.anything() } },
  });
});

test("nobody is written to by default; each address gets both topics", () => {
  expect(stack.has("aws_sns_topic_subscription")).toBe(false);
  const subscribed = build({ emails: ["team@example.com", "boss@example.com"] }).every("aws_sns_topic_subscription");
  const topics = stack.every("aws_sns_topic").map(({ address }) => `\${${address}.arn}`);
  expect(subscribed).toHaveLength(4);
  for (const topic_arn of topics) {
    for (const endpoint of ["team@example.com", "boss@example.com"]) {
      expect(subscribed).toContainEqual(expect.objectContaining({ topic_arn, endpoint, protocol: "email" }));
    }
  }
});

test.each(["team", "team@", "@example.com", "a b@example.com", ""])("%p is no address", (email) => {
  expect(() => build({ emails: [email] })).toThrow(/^test\/Monitoring\/Notifications: alerts go to e-mail addresses/);
});

test("who may publish may encrypt what it publishes, to both topics with one key", () => {
  const granted = build({}, ({ notifications, qualityAlerts }, role) => {
    const grantee = role();
    notifications.grantPublish(grantee);
    qualityAlerts.grantPublish(grantee);
  });
  const policy = granted.every("aws_iam_role_policy").find(({ address }) => address.includes("Grantee"));
  expect(statements(policy?.policy).map(({ sid, actions }) => [sid, actions])).toEqual([
    ["PublishNotifications", ["sns:Publish"]],
    ["EncryptMessages", ["kms:GenerateDataKey", "kms:Decrypt"]],
    ["PublishQualityAlerts", ["sns:Publish"]],
  ]);
});

test("the summary's writer writes summaries and enters them in the run ledger", () => {
  expect(stack.only("aws_lambda_function")).toMatchObject({ memory_size: 256, timeout: 60 });
  const rights = rightsOf(stack, "summarize-run");
  const written = rights.filter(({ actions }) => actions.includes("s3:PutObject")).flatMap((one) => one.resources);
  expect(written).toEqual([expect.stringMatching(/\/runs\/\*\/summary\.json$/)]);
  expect(rights.flatMap(({ actions }) => actions)).toContain("dynamodb:UpdateItem");
});
