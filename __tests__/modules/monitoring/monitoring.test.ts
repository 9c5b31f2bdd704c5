import { Construct } from "constructs";
import { Monitoring, type MonitoringProps, type Subscription } from "../../../modules/monitoring";
import { aLake, aLedger, aRole, NAMES } from "../support/parts";
import { decoded, rightsOf, statements, synthesize } from "../support/synthesis";

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

test("the three topics are there, encrypted with the lake's own key", () => {
  const topics = stack.every("aws_sns_topic");
  expect(topics.map(({ name }) => name).sort()).toEqual([
    "cost-alerts-test",
    "data-quality-alerts-test",
    "pipeline-notifications-test",
  ]);
  for (const topic of topics) expect(topic.kms_master_key_id).toBe(`\${${key.address}.key_id}`);
});

const ofThisAccount = { StringEquals: { "aws:SourceAccount": expect.stringContaining("account_id") } };

test("topics refuse what does not come over TLS, and let in the services that have something to say, for this account", () => {
  const sources = ["pipeline-notifications-test", "data-quality-alerts-test", "cost-alerts-test"].map((name) => {
    const arn = `\${${stack.find("aws_sns_topic", "name", name).address}.arn}`;
    const { policy } = stack.find("aws_sns_topic_policy", "arn", arn);
    const [deny, ...allowed] = statements(policy);
    expect(deny).toEqual({
      sid: "DenyPlainHttp",
      effect: "Deny",
      principals: { "*": ["*"] },
      actions: ["sns:Publish"],
      resources: [arn],
      conditions: { Bool: { "aws:SecureTransport": "false" } },
    });
    for (const statement of allowed) {
      expect(statement).toMatchObject({ effect: "Allow", actions: ["sns:Publish"], resources: [arn] });
      expect(statement.conditions).toMatchObject(ofThisAccount);
    }
    expect(allowed[0]?.conditions).toEqual({
      ...ofThisAccount,
      ArnLike: { "aws:SourceArn": [expect.stringMatching(/^arn:.*:alarm:commerce-lake-\*-test$/)] },
    });
    return allowed.map(({ principals }) => principals.Service);
  });
  const alarms = ["cloudwatch.amazonaws.com"];
  expect(sources).toEqual([[alarms], [alarms], [alarms, ["budgets.amazonaws.com"], ["costalerts.amazonaws.com"]]]);
});

test("the key is renewed every year, is the account's to manage, and serves who publishes to the topics", () => {
  expect(key).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 30 });
  const [account, ...services] = statements(key.policy);
  expect(account?.principals).toEqual({ AWS: [expect.stringMatching(/:iam::.*:root$/)] });
  expect(services.map(({ principals }) => principals.Service)).toEqual([
    ["cloudwatch.amazonaws.com"],
    ["budgets.amazonaws.com"],
    ["costalerts.amazonaws.com"],
  ]);
  for (const { conditions } of services) expect(conditions).toEqual(ofThisAccount);
});

describe("subscriptions", () => {
  test("are nobody's by default", () => expect(stack.has("aws_sns_topic_subscription")).toBe(false));

  test("are of one topic each; a pager gets alarms alone", () => {
    const subscribed = build({
      subscriptions: {
        notifications: [
          { protocol: "email", endpoint: "team@example.com" },
          { protocol: "https", endpoint: "https://pager.example.com/lake", only: "alarms" },
        ],
        qualityAlerts: [{ protocol: "sqs", endpoint: "arn:aws:sqs:eu-central-1:123456789012:alerts" }],
        costAlerts: [{ protocol: "email", endpoint: "boss@example.com" }],
      },
    });
    const topicOf = (endpoint: string) => {
      const { topic_arn: topic } = subscribed.find("aws_sns_topic_subscription", "endpoint", endpoint);
      return subscribed.every("aws_sns_topic").find(({ address }) => topic === `\${${address}.arn}`)?.name;
    };
    expect(subscribed.every("aws_sns_topic_subscription")).toHaveLength(4);
    expect(topicOf("team@example.com")).toBe("pipeline-notifications-test");
    expect(topicOf("arn:aws:sqs:eu-central-1:123456789012:alerts")).toBe("data-quality-alerts-test");
    expect(topicOf("boss@example.com")).toBe("cost-alerts-test");
    const everything = subscribed.find("aws_sns_topic_subscription", "protocol", "email");
    expect(everything.filter_policy).toBeUndefined();
    const pager = subscribed.find("aws_sns_topic_subscription", "protocol", "https");
    expect(pager).toMatchObject({ endpoint: "https://pager.example.com/lake", filter_policy_scope: "MessageBody" });
    expect(decoded(pager.filter_policy)).toEqual({ AlarmName: [{ exists: true }] });
  });

  test.each<[Subscription["protocol"], string, string]>([
    ...["team", "team@", "@example.com", "a b@example.com", ""].map(
      (endpoint): [Subscription["protocol"], string, string] => ["email", endpoint, "team@example.com"],
    ),
    ["https", "http://pager.example.com", "https://pager.example.com/lake"],
    ["https", "https://me:secret@pager.example.com", "https://pager.example.com/lake"],
    [
      "sqs",
      "https://sqs.eu-central-1.amazonaws.com/123456789012/alerts",
      "arn:aws:sqs:eu-central-1:123456789012:pager",
    ],
  ])("by %s to %p are none", (protocol, endpoint, example) => {
    const message = `test/Monitoring/Notifications: a subscription by ${protocol} has an endpoint of its kind`;
    const wrong = () => build({ subscriptions: { notifications: [{ protocol, endpoint }] } });
    expect(wrong).toThrow(message);
    expect(wrong).toThrow(example);
  });
});

test("who may publish may encrypt what it publishes, to every topic with one key", () => {
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
