import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { Queue } from "../../../modules/lib/queue";
import { Monitoring, type MonitoringProps, type Subscription } from "../../../modules/monitoring";
import { aLake, aLedger, aRole, BUDGET, LIMITS, NAMES } from "../support/parts";
import { asList, asObject, decoded, rightsOf, statements, synthesize } from "../support/synthesis";

const build = (
  props: Partial<MonitoringProps> = {},
  use: (made: Monitoring, role: () => ReturnType<typeof aRole>) => void = () => {},
) =>
  synthesize((scope) => {
    const made = new Monitoring(scope, "Monitoring", {
      names: NAMES,
      lake: aLake(scope),
      runLedger: aLedger(scope),
      limits: LIMITS,
      budget: BUDGET,
      ...props,
    });
    use(made, () => aRole(scope));
  });

const stack = build();
const key = stack.only("aws_kms_key");

describe("alarms", () => {
  const queue = (scope: Construct) =>
    new Queue(scope, "Unstarted", {
      names: NAMES,
      of: "unstarted-uploads",
      advice: { says: "It waits.", command: "redrive" },
    });
  const watched = build({}, (made) => void queue(TerraformStack.of(made)));
  const named = (name: string) =>
    watched.find("aws_cloudwatch_metric_alarm", "alarm_name", `commerce-lake-${name}-test`);

  test("are of everything in the stack that says by what it can be watched, whenever it is built", () => {
    const before = synthesize((scope) => {
      queue(scope);
      new Monitoring(scope, "Monitoring", {
        names: NAMES,
        lake: aLake(scope),
        runLedger: aLedger(scope),
        limits: LIMITS,
        budget: BUDGET,
      });
    });
    expect(before.addresses()).toEqual(watched.addresses());
    expect(named("unstarted-uploads-messages")).toMatchObject({
      alarm_description: "It waits. Next: redrive Runbook: docs/operations.md#dead-letters",
      namespace: "AWS/SQS",
      metric_name: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: expect.stringMatching(/^\$\{aws_sqs_queue\.Unstarted_.*\.name\}$/) },
      statistic: "Maximum",
      period: 60,
      evaluation_periods: 1,
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
      treat_missing_data: "notBreaching",
    });
    expect(named("summarize-run-errors-page")).toMatchObject({ evaluation_periods: 3, threshold: 10 });
  });

  test("speak through one that is about the same: pages when they begin and end, warnings while there is no page", () => {
    const composite = (name: string) =>
      watched.find("aws_cloudwatch_composite_alarm", "alarm_name", `commerce-lake-${name}-test`);
    const isOn = ({ address }: { address: string }) => `ALARM(\${jsonencode(${address}.alarm_name)})`;
    const function_ = watched.find("aws_lambda_function", "function_name", "commerce-lake-tell-alarm-test");
    const told = [`\${${function_.address}.arn}`];
    const page = composite("delivery-page");
    expect(page).toMatchObject({ alarm_actions: told, ok_actions: told });
    expect(page.alarm_rule).toBe(
      [
        "report-spend-errors-page",
        "summarize-run-errors-page",
        "unreported-spend-messages",
        "unstarted-uploads-messages",
      ]
        .map((name) => isOn(named(name)))
        .join(" OR "),
    );
    const warning = composite("delivery-warning");
    expect(warning.alarm_rule).toMatch(/^\(ALARM\(.*\)\) AND NOT ALARM\(/);
    expect(warning.alarm_rule).toContain(`AND NOT ${isOn(page)}`);
    expect(warning.alarm_actions).toEqual(told);
    expect(warning.ok_actions).toBeUndefined();
  });

  test("about who words alarms go past it", () => {
    const topic = watched.find("aws_sns_topic", "name", NAMES.notificationsTopic);
    for (const severity of ["page", "warning"]) {
      const name = `commerce-lake-alarms-${severity}-test`;
      expect(watched.find("aws_cloudwatch_composite_alarm", "alarm_name", name).alarm_actions).toEqual([
        `\${${topic.address}.arn}`,
      ]);
    }
  });

  test("with more words than CloudWatch takes are refused", () => {
    const wordy = { says: "x".repeat(1_000), command: "redrive" };
    expect(() =>
      build({}, (made) => {
        new Queue(TerraformStack.of(made), "Wordy", { names: NAMES, of: "unstarted-runs", advice: wordy });
      }),
    ).toThrow("test/Monitoring: the description of the alarm unstarted-runs-messages is at most 1024");
  });
});

describe("costs", () => {
  test("have a budget of what carries the environment's tag, and people hear of half, four fifths and all of it", () => {
    const topic = `\${${stack.find("aws_sns_topic", "name", NAMES.costAlertsTopic).address}.arn}`;
    const budget = stack.only("aws_budgets_budget");
    expect(budget).toMatchObject({
      name: "commerce-lake-test",
      limit_amount: "500",
      time_unit: "MONTHLY",
      cost_filter: [{ name: "TagKeyValue", values: ["user:Environment$test"] }],
    });
    const heard = asList(budget.notification).map(asObject);
    expect(heard.map(({ notification_type: type, threshold }) => [type, threshold])).toEqual([
      ["ACTUAL", 50],
      ["ACTUAL", 80],
      ["ACTUAL", 100],
      ["FORECASTED", 100],
    ]);
    for (const { subscriber_sns_topic_arns: who } of heard) expect(who).toEqual([topic]);
    expect(stack.only("aws_ce_anomaly_subscription")).toMatchObject({
      frequency: "IMMEDIATE",
      monitor_arn_list: [`\${${stack.only("aws_ce_anomaly_monitor").address}.arn}`],
      subscriber: [{ type: "SNS", address: topic }],
      threshold_expression: { dimension: { values: ["50"] } },
    });
    expect(decoded(stack.only("aws_ce_anomaly_monitor").monitor_specification)).toMatchObject({
      Tags: { Key: "Environment", Values: ["test"] },
    });
  });

  test.each([0, -1, Number.NaN])("are no budget of %p", (monthlyUsd) => {
    expect(() => build({ budget: { monthlyUsd, anomalyUsd: 1 } })).toThrow(/monthlyUsd is an amount above zero/);
  });

  test("are asked for every morning, from outside the VPC", () => {
    const network = { subnetIds: ["s"], securityGroupIds: ["g"], grantAttach: () => {} };
    const inVpc = build({ functions: { network } });
    expect(
      inVpc.find("aws_lambda_function", "function_name", NAMES.function("report-spend")).vpc_config,
    ).toBeUndefined();
    expect(inVpc.find("aws_lambda_function", "function_name", NAMES.function("tell-alarm")).vpc_config).toBeDefined();
    expect(stack.only("aws_scheduler_schedule")).toMatchObject({
      schedule_expression: "cron(0 9 * * ? *)",
      target: { dead_letter_config: expect.anything(), retry_policy: expect.anything() },
    });
  });
});

test("dashboards are drawn of what is there, charts of the same title as one", () => {
  const dashboard = stack.find("aws_cloudwatch_dashboard", "dashboard_name", "commerce-lake-pipeline-health-test");
  const { widgets } = asObject(decoded(dashboard.dashboard_body));
  const charts = asList(widgets).map((widget) => asObject(asObject(widget).properties));
  const invocations = charts.find(({ title }) => title === "Functions: invocations");
  expect(asList(invocations?.metrics)).toHaveLength(3);
  expect(asList(invocations?.metrics)[0]).toEqual([
    "AWS/Lambda",
    "Invocations",
    "FunctionName",
    expect.stringMatching(/aws_lambda_function/),
    { stat: "Sum", label: "summarize-run" },
  ]);
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

  const warningsOf = (props: Partial<MonitoringProps>) => {
    const found: unknown[] = [];
    build(props, (made) =>
      found.push(...made.node.metadata.filter(({ type }) => type === "@cdktf/warn").map(({ data }) => data)),
    );
    return found;
  };
  const team: Subscription = { protocol: "email", endpoint: "team@example.com" };

  test("that nobody has are warned of, with where to fill them in", () => {
    expect(warningsOf({})).toEqual([
      "Alarms reach nobody: notifications, qualityAlerts, costAlerts are empty in subscriptions. " +
        'Fill in who is told, such as notifications: [{ protocol: "email", endpoint: "team@example.com" }].',
    ]);
    const most = { notifications: [team], qualityAlerts: [{ ...team, only: "alarms" as const }] };
    expect(warningsOf({ subscriptions: most, subscriptionsIn: "alerts of envs/x.ts" })).toEqual([
      "Alarms about costs reach nobody: costAlerts is empty in alerts of envs/x.ts. " +
        'Fill in who is told, such as costAlerts: [{ protocol: "email", endpoint: "team@example.com" }].',
    ]);
    expect(warningsOf({ subscriptions: { ...most, costAlerts: [team] } })).toEqual([]);
    expect(warningsOf({ subscriptionsIn: false })).toEqual([]);
  });

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
    expect(pager).toMatchObject({
      endpoint: "https://pager.example.com/lake",
      filter_policy_scope: "MessageAttributes",
    });
    expect(decoded(pager.filter_policy)).toEqual({ kind: ["alarm"] });
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
  const summarize = stack.find("aws_lambda_function", "function_name", NAMES.function("summarize-run"));
  expect(summarize).toMatchObject({ memory_size: 256, timeout: 60 });
  const rights = rightsOf(stack, "summarize-run");
  const written = rights.filter(({ actions }) => actions.includes("s3:PutObject")).flatMap((one) => one.resources);
  expect(written).toEqual([expect.stringMatching(/\/runs\/\*\/summary\.json$/)]);
  expect(rights.flatMap(({ actions }) => actions)).toContain("dynamodb:UpdateItem");
});
