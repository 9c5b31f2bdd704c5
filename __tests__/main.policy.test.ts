import { ENVIRONMENT_NAMES, environments } from "../envs";
import { IRREPLACEABLE } from "../modules/lib/irreplaceable";
import { QUEUE_NAMES } from "../modules/lib/naming";
import { PROJECT_ROOT } from "../modules/lib/project";
import {
  asList,
  asObject,
  decoded,
  type Statement,
  type Synthesis,
  statements,
  synthesizeEnvironment,
} from "./modules/support/synthesis";

/** Permissions on `*`, each with the reason why it cannot be narrower. */
const ON_EVERYTHING: Readonly<Record<string, string>> = {
  SendTraces: "X-Ray's actions take no resource",
  SendMetrics: "metrics are no resources; a condition narrows them to a namespace",
  LookAtNetwork: "EC2's describe actions take no resource",
  LookAtCosts: "costs are no resources",
  DeliverLogs: "the actions of log delivery take no resource",
};

/** Roles that people of this account take on; every other is a service's. */
const OF_PEOPLE = ["analysts", "engineers"];

/** Types of ours that carry no tags, because AWS has none for them or because they are parts of something tagged. */
const UNTAGGED = new Set([
  "aws_athena_named_query",
  "aws_glue_catalog_table",
  "aws_cloudwatch_dashboard",
  "aws_cloudwatch_query_definition",
  "aws_glue_data_catalog_encryption_settings",
  "aws_glue_resource_policy",
  "aws_glue_security_configuration",
  "aws_kms_alias",
  "aws_route_table_association",
  "aws_cloudwatch_event_target",
  "aws_iam_role_policy",
  "aws_lambda_function_event_invoke_config",
  "aws_lambda_permission",
  "aws_s3_bucket_lifecycle_configuration",
  "aws_s3_bucket_logging",
  "aws_s3_bucket_notification",
  "aws_s3_bucket_ownership_controls",
  "aws_s3_bucket_policy",
  "aws_s3_bucket_public_access_block",
  "aws_s3_bucket_server_side_encryption_configuration",
  "aws_s3_bucket_versioning",
  "aws_scheduler_schedule",
  "aws_secretsmanager_secret_version",
  "aws_sns_topic_policy",
]);

/** Types that hold data, and so say how sensitive it is. */
const HOLDERS_OF_DATA = [
  "aws_s3_bucket",
  "aws_dynamodb_table",
  "aws_glue_catalog_database",
  "aws_glue_crawler",
  "aws_glue_job",
  "aws_secretsmanager_secret",
  "aws_athena_workgroup",
  "aws_sqs_queue",
];

/** What a bucket's policy denies, by the names of its statements. */
const denials = (policy: unknown) => statements(policy).flatMap(({ sid, effect }) => (effect === "Deny" ? [sid] : []));

describe.each(ENVIRONMENT_NAMES)("%s", (name) => {
  const env = environments[name];
  let stack: Synthesis;

  beforeAll(() => {
    stack = synthesizeEnvironment(name);
  });

  describe("roles", () => {
    test("are assumed by one service each, for this account alone", () => {
      for (const role of stack.every("aws_iam_role")) {
        const trust = statements(role.assume_role_policy);
        expect([role.address, trust.length]).toEqual([role.address, 1]);
        if (OF_PEOPLE.some((of) => role.name === `commerce-lake-${of}-${name}`)) {
          expect(trust[0]).toMatchObject({
            principals: { AWS: [expect.stringMatching(/account_id\}?:root$/)] },
            conditions: { StringEquals: { "aws:PrincipalAccount": expect.stringContaining("account_id") } },
          });
          continue;
        }
        expect(trust[0]).toMatchObject({
          effect: "Allow",
          principals: { Service: [expect.stringMatching(/^[a-z-]+\.amazonaws\.com$/)] },
          conditions: { StringEquals: { "aws:SourceAccount": expect.stringContaining("account_id") } },
        });
      }
    });

    test("may no action by wildcard", () => {
      const wild = permissions(stack).filter(([, { actions }]) => actions.some((action) => action.includes("*")));
      expect(wild).toEqual([]);
    });

    test("reach everything only where nothing narrower exists, and never the whole of a bucket", () => {
      const wild = permissions(stack).filter(([, { resources }]) => resources.some((place) => place.trim() === "*"));
      expect(wild.filter(([, { sid }]) => !(sid in ON_EVERYTHING)).map(([role, { sid }]) => `${role} ${sid}`)).toEqual(
        [],
      );
      const places = permissions(stack).flatMap(([, { resources }]) => resources);
      expect(places.filter((place) => /aws_s3_bucket\.[^}]*\}\/\*$/.test(place))).toEqual([]);
    });

    test("send metrics to named namespaces alone", () => {
      for (const [, { sid, conditions }] of permissions(stack)) {
        if (sid === "SendMetrics") expect(conditions).toHaveProperty(["StringEquals", "cloudwatch:namespace"]);
      }
    });

    test("list no bucket but below a prefix", () => {
      const listing = permissions(stack).filter(([, { actions }]) => actions.includes("s3:ListBucket"));
      expect(listing.length).toBeGreaterThan(0);
      for (const [role, { conditions }] of listing) {
        expect([role, prefixes(conditions)]).toEqual([role, expect.anything()]);
      }
    });

    test("are used: none is granted what nobody assumes", () => {
      const text = JSON.stringify(stack.json);
      for (const { address } of stack.every("aws_iam_role")) expect(text).toContain(`\${${address}.arn}`);
    });

    test("fit: no policy is longer than IAM takes", () => {
      for (const { address, policy } of stack.every("aws_iam_role_policy")) {
        // A reference has some 60 characters, the ARN that it stands for at most 20 more.
        const text = String(policy).replaceAll(/\$\{data\.aws_[^}]+\}/g, "eu-central-1");
        const length = text.length + 20 * (text.split("aws_").length - 1);
        expect([address, length < 10_240]).toEqual([address, true]);
      }
    });
  });

  test("buckets are versioned, encrypted, private, over TLS alone", () => {
    for (const { address } of stack.every("aws_s3_bucket")) {
      const of = (type: string) => stack.find(type, "bucket", `\${${address}.id}`);
      expect(of("aws_s3_bucket_versioning").versioning_configuration).toEqual({ status: "Enabled" });
      expect(JSON.stringify(of("aws_s3_bucket_server_side_encryption_configuration").rule)).toMatch(/AES256|aws:kms/);
      expect(of("aws_s3_bucket_public_access_block")).toMatchObject({
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
      });
      const isKms = JSON.stringify(of("aws_s3_bucket_server_side_encryption_configuration").rule).includes("aws:kms");
      expect(denials(of("aws_s3_bucket_policy").policy)).toEqual([
        "DenyPlainHttp",
        "DenyOldTls",
        "DenyOtherEncryption",
        ...(isKms ? ["DenyOtherKeys"] : []),
        "DenyKeysOfUploaders",
      ]);
    }
  });

  test("who asks what of a bucket is logged, but for the bucket of the logs themselves", () => {
    const logged = stack.every("aws_s3_bucket_logging");
    const targets = logged.map(({ target_bucket }) => target_bucket);
    for (const { address } of stack.every("aws_s3_bucket")) {
      const isLogged = logged.some(({ bucket }) => bucket === `\${${address}.id}`);
      expect([address, isLogged]).toEqual([address, !targets.includes(`\${${address}.bucket}`)]);
    }
  });

  test("nothing is stored in a bucket before its rules are in place", () => {
    for (const object of stack.every("aws_s3_object")) {
      expect(asList(object.depends_on).map((address) => String(address).split(".")[0])).toEqual(
        expect.arrayContaining([
          "aws_s3_bucket_versioning",
          "aws_s3_bucket_server_side_encryption_configuration",
          "aws_s3_bucket_policy",
        ]),
      );
    }
  });

  test("log groups forget", () => {
    for (const group of stack.every("aws_cloudwatch_log_group")) {
      expect([group.name, group.retention_in_days]).toEqual([group.name, env.logs.retentionDays]);
    }
  });

  test("tables, topics, keys and the workgroup's results are encrypted", () => {
    for (const table of stack.every("aws_dynamodb_table")) {
      expect(table).toMatchObject({
        server_side_encryption: { enabled: true },
        point_in_time_recovery: { enabled: true },
      });
    }
    for (const topic of stack.every("aws_sns_topic")) expect(topic.kms_master_key_id).toEqual(expect.any(String));
    for (const key of stack.every("aws_kms_key")) expect(key.enable_key_rotation).toBe(true);
    for (const workgroup of stack.every("aws_athena_workgroup")) {
      expect(JSON.stringify(workgroup.configuration)).toMatch(/"encryption_option":"SSE_(S3|KMS)"/);
    }
  });

  test("topics take messages over TLS alone", () => {
    for (const { address } of stack.every("aws_sns_topic")) {
      const policy = stack.find("aws_sns_topic_policy", "arn", `\${${address}.arn}`);
      expect(statements(policy.policy)).toContainEqual(
        expect.objectContaining({ effect: "Deny", conditions: { Bool: { "aws:SecureTransport": "false" } } }),
      );
    }
  });

  test("queues are encrypted, over TLS alone, and open to nothing but rules of events", () => {
    for (const { address, sqs_managed_sse_enabled: encrypted, policy } of stack.every("aws_sqs_queue")) {
      expect([address, encrypted]).toEqual([address, true]);
      const [deny, ...allowed] = statements(policy);
      expect(deny).toMatchObject({ effect: "Deny", actions: ["sqs:*"], principals: { "*": ["*"] } });
      expect(deny?.conditions).toEqual({ Bool: { "aws:SecureTransport": "false" } });
      for (const statement of allowed) {
        expect(statement).toMatchObject({
          actions: ["sqs:SendMessage"],
          principals: { Service: ["events.amazonaws.com"] },
          conditions: {
            ArnEquals: { "aws:SourceArn": expect.stringMatching(/^\$\{aws_cloudwatch_event_rule\..*\.arn\}$/) },
          },
        });
      }
    }
  });

  test("whatever goes on without its caller has dead letters, and people are told of them", () => {
    const queues = stack.every("aws_sqs_queue");
    const arnOf = (queue: { address: string }) => `\${${queue.address}.arn}`;
    const policies = queues.map(({ redrive_policy: policy }) =>
      policy === undefined ? "" : JSON.stringify(decoded(policy)),
    );
    const targets = stack
      .every("aws_cloudwatch_event_target")
      .map((target) => JSON.stringify(target.dead_letter_config));
    const functions = stack
      .every("aws_lambda_function_event_invoke_config")
      .map((config) => JSON.stringify(config.destination_config));
    const schedules = stack.every("aws_scheduler_schedule").map(({ target }) => JSON.stringify(target));
    for (const schedule of schedules) expect(schedule).toContain('"dead_letter_config"');
    const isDeadLetters = (queue: { address: string }) =>
      [...policies, ...targets, ...functions, ...schedules].some((text) => text.includes(arnOf(queue)));
    // Each target of a rule, each function that a rule invokes, each queue that a function consumes.
    for (const target of targets) expect(target).toContain("aws_sqs_queue.");
    for (const { function_name: name } of stack.every("aws_lambda_permission")) {
      expect(stack.find("aws_lambda_function_event_invoke_config", "function_name", name)).toBeDefined();
    }
    for (const config of functions) expect(config).toContain('"on_failure"');
    for (const { event_source_arn: source } of stack.every("aws_lambda_event_source_mapping")) {
      const consumed = queues.find((queue) => arnOf(queue) === source);
      expect(consumed?.redrive_policy).toBeDefined();
    }
    // Alarms speak through the one that is about the same: main.alarms.test.ts.
    const watched = stack.every("aws_cloudwatch_metric_alarm").map((alarm) => JSON.stringify(alarm));
    for (const queue of queues.filter(isDeadLetters)) {
      const alarm = watched.find((text) => text.includes(`\${${queue.address}.name}`));
      expect([queue.address, alarm]).toEqual([
        queue.address,
        expect.stringContaining("ApproximateNumberOfMessagesVisible"),
      ]);
    }
    expect(queues.filter(isDeadLetters)).toHaveLength(QUEUE_NAMES.length - 1); // all but uploads
  });

  test("functions are bounded, traced as the environment says, and log where it is forgotten", () => {
    for (const fn of stack.every("aws_lambda_function")) {
      const mode = env.tracing.enabled ? "Active" : "PassThrough";
      expect(fn).toMatchObject({ runtime: "nodejs22.x", architectures: ["arm64"], tracing_config: { mode } });
      expect(fn.timeout).toBeLessThanOrEqual(900);
      const logs = stack.find("aws_cloudwatch_log_group", "name", `/aws/lambda/${String(fn.function_name)}`);
      expect(fn.depends_on).toContain(logs.address);
    }
  });

  test("jobs are sized as the environment says, bounded, and leave retries to the state machine", () => {
    for (const job of stack.every("aws_glue_job")) {
      expect(job).toMatchObject({
        glue_version: "5.1",
        max_retries: 0,
        worker_type: env.jobs.workerType,
        number_of_workers: env.jobs.maxWorkers,
        timeout: env.jobs.timeoutMinutes,
      });
    }
  });

  test("everything carries the tags of the environment", () => {
    const [provider] = asList(asObject(stack.json.provider).aws).map(asObject);
    const [{ tags } = { tags: {} }] = asList(provider?.default_tags).map(asObject);
    expect(tags).toEqual({
      Project: "commerce-lake",
      Environment: name,
      Team: env.team,
      CostCenter: env.costCenter,
      ManagedBy: "terraform",
    });
    for (const [tag, value] of Object.entries(asObject(tags)))
      expect([tag, value]).toEqual([tag, expect.stringMatching(/\S/)]);
  });

  test("what holds data says whose it is and how sensitive", () => {
    for (const type of HOLDERS_OF_DATA) {
      for (const { address, tags } of stack.every(type)) {
        expect([address, tags]).toEqual([
          address,
          expect.objectContaining({
            DataClassification: expect.stringMatching(/^(public|internal|confidential|restricted)$/),
            DataSource: expect.stringMatching(/\S/),
          }),
        ]);
      }
    }
  });

  test("every type is known to be taggable or not", () => {
    const types = new Set(stack.all().map(({ type }) => type));
    const taggable = [
      ...HOLDERS_OF_DATA,
      "aws_budgets_budget",
      "aws_ce_anomaly_monitor",
      "aws_ce_anomaly_subscription",
      "aws_cloudtrail",
      "aws_cloudwatch_event_bus",
      "aws_cloudwatch_composite_alarm",
      "aws_cloudwatch_event_rule",
      "aws_cloudwatch_log_group",
      "aws_cloudwatch_metric_alarm",
      "aws_default_security_group",
      "aws_flow_log",
      "aws_glue_connection",
      "aws_iam_policy",
      "aws_iam_role",
      "aws_kms_key",
      "aws_lambda_event_source_mapping",
      "aws_lambda_function",
      "aws_route_table",
      "aws_s3_object",
      "aws_security_group",
      "aws_sfn_state_machine",
      "aws_sns_topic",
      "aws_subnet",
      "aws_vpc",
      "aws_vpc_endpoint",
      "aws_vpc_security_group_egress_rule",
      "aws_vpc_security_group_ingress_rule",
    ];
    expect([...types].filter((type) => !UNTAGGED.has(type) && !taggable.includes(type))).toEqual([]);
  });

  test("is guarded against deletion exactly where it is protected", () => {
    for (const { address, type, lifecycle } of stack.all()) {
      const guarded = lifecycle !== undefined && asObject(lifecycle).prevent_destroy === true;
      expect([address, guarded]).toEqual([address, env.protected && IRREPLACEABLE.has(type)]);
    }
    for (const bucket of stack.every("aws_s3_bucket")) expect(bucket.force_destroy).toBe(!env.protected);
    for (const workgroup of stack.every("aws_athena_workgroup")) {
      expect(workgroup.force_destroy).toBe(!env.protected);
    }
    expect(stack.only("aws_secretsmanager_secret").recovery_window_in_days).toBe(env.protected ? 30 : 0);
    for (const table of stack.every("aws_dynamodb_table")) {
      expect(table.deletion_protection_enabled).toBe(env.protected);
    }
  });

  test("is planned against its own account alone, by versions that know what it uses", () => {
    const terraform = asObject(stack.json.terraform);
    expect(terraform.required_version).toBe(">= 1.11.0");
    expect(terraform.required_providers).toEqual({ aws: { source: "aws", version: ">= 5.100.0, < 7.0.0" } });
    expect(asList(asObject(stack.json.provider).aws).map(asObject)[0]).toMatchObject({
      region: env.region,
      allowed_account_ids: [env.account],
    });
  });

  test("keeps its state where the environment says, locked", () => {
    const backend = asObject(asObject(stack.json.terraform).backend);
    const { state } = env;
    expect(backend).toEqual(
      state.kind === "file"
        ? { local: { path: state.path } }
        : {
            s3: {
              bucket: state.bucket,
              key: `commerce-lake-${name}.tfstate`,
              region: state.region,
              encrypt: true,
              use_lockfile: true,
            },
          },
    );
  });

  test("says nothing secret and nothing of the machine that synthesized it", () => {
    expect(JSON.stringify(stack.json).includes(PROJECT_ROOT)).toBe(false);
    expect(found(stack, /"secret_string"|AKIA[0-9A-Z]{16}|127\.0\.0\.1|localhost/)).toEqual([]);
  });

  test("hard-codes no partition", () => {
    // A state machine's integrations look like ARNs: the orchestration module answers for those.
    expect(found(stack, /arn:aws:(?!states:::)/)).toEqual([]);
  });
});

test("reasons are given for rights that are used", () => {
  const used = new Set(
    ENVIRONMENT_NAMES.flatMap((name) => permissions(synthesizeEnvironment(name)).map(([, { sid }]) => sid)),
  );
  expect(Object.keys(ON_EVERYTHING).filter((sid) => !used.has(sid))).toEqual([]);
});

/** Every statement of every role, with the role's address. */
function permissions(stack: Synthesis): (readonly [string, Statement])[] {
  return stack
    .every("aws_iam_role_policy")
    .flatMap(({ role, policy }) => statements(policy).map((statement) => [String(role), statement] as const));
}

/** Where a stack's JSON matches, with a little of what stands around it: the whole of it is too much to print. */
function found(stack: Synthesis, pattern: RegExp): string[] {
  const text = JSON.stringify(stack.json);
  return [...text.matchAll(new RegExp(pattern, "g"))].map(({ index }) =>
    text.slice(Math.max(0, index - 40), index + 80),
  );
}

/** The prefixes that a condition narrows a listing to; undefined where it narrows nothing. */
function prefixes(conditions: Statement["conditions"]): unknown {
  const [operator] = Object.values(asObject(conditions)).map(asObject);
  return operator?.["s3:prefix"];
}
