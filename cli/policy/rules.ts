import { IRREPLACEABLE } from "../../modules/lib/irreplaceable";
import { asList, asObject, decoded, type Resource, type Statement, Synthesis, statements } from "../stack/synthesis";

/** Statements with an action by wildcard, by the end of their address and their sid, each with its reason. */
export const WILD_ACTIONS: Readonly<Record<string, string>> = {
  "aws_kms_key AccountDecides": "without it nobody could ever change the key again; IAM decides who may do what",
  "aws_kms_key AllowAlarms":
    "`kms:GenerateDataKey*` is how AWS documents the right of CloudWatch; for alarms of this account alone",
  "aws_kms_key AllowBudgets": "as AWS documents the right of Budgets; for this account alone",
  "aws_kms_key AllowCostAnomalies": "as AWS documents the right of Cost Anomaly Detection; for this account alone",
  "aws_iam_policy AtMost": "a boundary gives nothing: it is the most that grants may give, which are without wildcards",
  "aws_vpc_endpoint ThisAccountAlone": "an endpoint gives nothing: it lets through what the caller's role was granted",
};

/** Statements on every resource, by type and sid, each with its reason. */
export const EVERYWHERE: Readonly<Record<string, string>> = {
  "aws_iam_role_policy SendTraces": "X-Ray's actions take no resource",
  "aws_iam_role_policy SendMetrics": "metrics are no resources; a condition narrows them to a namespace",
  "aws_iam_role_policy LookAtCosts": "costs are no resources",
  "aws_iam_role_policy DeliverLogs": "the actions of log delivery take no resource",
  "aws_iam_role_policy LookAtNetwork": "EC2's describe actions take no resource",
  "aws_iam_policy AtMost": "a boundary gives nothing; a condition keeps it to this account's resources",
  "aws_vpc_endpoint ThisAccountAlone": "an endpoint gives nothing; a condition keeps it to this account's principals",
};

/** Statements that speak to everybody, by type and sid, each with its reason. */
export const EVERYBODY: Readonly<Record<string, string>> = {
  "aws_vpc_endpoint ThisAccountAlone": "a condition keeps it to this account's principals",
};

/** Roles that people take on, by their construct's name; every other is a service's. */
const OF_PEOPLE = /^aws_iam_role\.(Analysts|Engineers)_/;

/** A rule over every resource of a stack. */
export interface Rule {
  readonly name: string;
  /** What breaks it, in words that begin with an address. */
  readonly breaches: (stack: Synthesis) => readonly string[];
  /** Changes a stack, given as what Terraform gets, so that the rule is broken. */
  readonly breaking: (config: Config) => void;
}

/** Resources by type and name, to be changed. */
type Config = Record<string, Record<string, Record<string, unknown>>>;

/** A stack after a change. */
export function changed(stack: Synthesis, change: (config: Config) => void): Synthesis {
  const json = structuredClone(stack.json);
  change(json.resource as Config); // what Synthesis.all() reads as the same
  return new Synthesis(json);
}

/** Every policy document of a stack: that of a role, of a bucket, of a queue, of a key, of whatever comes. */
function documents(stack: Synthesis): { resource: Resource; statement: Statement }[] {
  return stack
    .all()
    .flatMap((resource) =>
      typeof resource.policy === "string"
        ? statements(resource.policy).map((statement) => ({ resource, statement }))
        : [],
    );
}

const allowed = (stack: Synthesis) => documents(stack).filter(({ statement }) => statement.effect === "Allow");
const said = ({ resource, statement }: { resource: Resource; statement: Statement }) =>
  `${resource.address} ${statement.sid}`;

/** What is said of a wildcard: nothing where a list gives a reason. */
const unlisted = (list: Readonly<Record<string, string>>, found: ReturnType<typeof documents>) =>
  found.filter(({ resource, statement }) => !(`${resource.type} ${statement.sid}` in list)).map(said);

/** Allowed statements that a list has to give a reason for. */
export const withWildActions = (stack: Synthesis) =>
  allowed(stack).filter(({ statement }) => statement.actions.some((action) => action.includes("*")));
export const everywhere = (stack: Synthesis) =>
  allowed(stack).filter(
    // A key's policy speaks of that key alone, and calls it "*".
    ({ resource, statement }) => resource.type !== "aws_kms_key" && statement.resources.includes("*"),
  );

const of = (stack: Synthesis, type: string) => stack.all().filter((resource) => resource.type === type);
const wrong = (resources: readonly Resource[], isRight: (resource: Resource) => boolean) =>
  resources.filter((resource) => !isRight(resource)).map(({ address }) => address);

/** Whether a bucket has a companion of a type, and that is as it should be. */
function has(stack: Synthesis, bucket: Resource, type: string, isRight: (companion: Resource) => boolean): boolean {
  const companion = of(stack, type).find((one) => one.bucket === `\${${bucket.address}.id}`);
  return companion !== undefined && isRight(companion);
}

const denies = (policy: unknown, condition: object) =>
  statements(policy).some(
    ({ effect, principals, conditions }) =>
      effect === "Deny" && principals["*"]?.includes("*") && JSON.stringify(conditions) === JSON.stringify(condition),
  );

/** Takes the first resource of a type. */
function first(config: Config, type: string): Record<string, unknown> {
  const [resource] = Object.values(config[type] ?? {});
  if (resource === undefined) throw new Error(`the stack has no ${type}`);
  return resource;
}

/** Writes other words into the text of an attribute. */
function rewrite(resource: Record<string, unknown>, attribute: string, from: string | RegExp, to: string): void {
  const text = String(resource[attribute]);
  if (text.replace(from, to) === text) throw new Error(`${attribute} has no ${String(from)}`);
  resource[attribute] = text.replace(from, to);
}

const NAMES_ITS_SOURCE = /"aws:Source(Account|Arn|OrgID)"/;

/** The resource that a state machine, a queue or a bus hands events to without waiting is told of what fails. */
function hasWayOfFailure(stack: Synthesis, fn: Resource): boolean {
  const reference = new RegExp(`\\$\\{${fn.address.replace(".", "\\.")}\\.(function_name|arn)\\}`);
  const about = (resource: Resource) => reference.test(String(resource.function_name));
  const failures = of(stack, "aws_lambda_function_event_invoke_config").some(
    (config) => about(config) && JSON.stringify(config.destination_config ?? null).includes('"on_failure"'),
  );
  const mappings = of(stack, "aws_lambda_event_source_mapping").filter(about);
  const queues = mappings.every(({ event_source_arn: source }) =>
    of(stack, "aws_sqs_queue").some(
      (queue) => source === `\${${queue.address}.arn}` && queue.redrive_policy !== undefined,
    ),
  );
  // The state machine waits for its functions, tries again and catches what fails.
  const awaited = of(stack, "aws_sfn_state_machine").some(({ definition }) => reference.test(String(definition)));
  return fn.dead_letter_config !== undefined || failures || (mappings.length > 0 && queues) || awaited;
}

export const RULES: readonly Rule[] = [
  {
    name: "nothing is allowed by a wildcard of actions, but for what is listed",
    breaches: (stack) => unlisted(WILD_ACTIONS, withWildActions(stack)),
    breaking: (config) =>
      rewrite(first(config, "aws_iam_role_policy"), "policy", /"(s3|logs|glue|dynamodb):\w+"/, '"$1:*"'),
  },
  {
    name: "nothing is allowed everywhere, but for what is listed",
    breaches: (stack) => unlisted(EVERYWHERE, everywhere(stack)),
    breaking: (config) => rewrite(first(config, "aws_iam_role_policy"), "policy", /("Resource":\[)"[^"]+"/, '$1"*"'),
  },
  {
    name: "nobody is everybody",
    breaches: (stack) =>
      unlisted(
        EVERYBODY,
        allowed(stack).filter(({ statement }) => JSON.stringify(statement.principals).includes('"*"')),
      ),
    breaking: (config) =>
      rewrite(first(config, "aws_s3_bucket_policy"), "policy", /("Effect"\s*[=:]\s*)"Deny"/, '$1"Allow"'),
  },
  {
    name: "a role is assumed by one service, for a source that is named, or by people of this account",
    breaches: (stack) =>
      wrong(of(stack, "aws_iam_role"), ({ address, assume_role_policy: policy }) => {
        const [trust, ...others] = statements(policy);
        if (OF_PEOPLE.test(address)) {
          return (
            trust !== undefined &&
            others.length === 0 &&
            Object.values(trust.principals)
              .flat()
              .every((principal) => /account_id\}:root$/.test(principal)) &&
            JSON.stringify(trust.conditions).includes('"aws:PrincipalAccount"')
          );
        }
        return (
          trust !== undefined &&
          others.length === 0 &&
          Object.keys(trust.principals).join() === "Service" &&
          trust.principals.Service?.length === 1 &&
          NAMES_ITS_SOURCE.test(JSON.stringify(trust.conditions))
        );
      }),
    breaking: (config) => {
      for (const role of Object.values(config.aws_iam_role ?? {})) {
        role.assume_role_policy = String(role.assume_role_policy).replaceAll(
          "aws:SourceAccount",
          "aws:RequestedRegion",
        );
      }
    },
  },
  {
    name: "a bucket is private",
    breaches: (stack) =>
      wrong(of(stack, "aws_s3_bucket"), (bucket) =>
        has(stack, bucket, "aws_s3_bucket_public_access_block", (block) =>
          ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"].every(
            (one) => block[one] === true,
          ),
        ),
      ),
    breaking: (config) => {
      first(config, "aws_s3_bucket_public_access_block").ignore_public_acls = false;
    },
  },
  {
    name: "a bucket is encrypted",
    breaches: (stack) =>
      wrong(of(stack, "aws_s3_bucket"), (bucket) =>
        has(stack, bucket, "aws_s3_bucket_server_side_encryption_configuration", ({ rule }) =>
          /"sse_algorithm":"(AES256|aws:kms)"/.test(JSON.stringify(rule)),
        ),
      ),
    breaking: (config) => void delete config.aws_s3_bucket_server_side_encryption_configuration,
  },
  {
    name: "a bucket answers over TLS 1.2 or newer alone",
    breaches: (stack) =>
      wrong(of(stack, "aws_s3_bucket"), (bucket) =>
        has(
          stack,
          bucket,
          "aws_s3_bucket_policy",
          ({ policy }) =>
            denies(policy, { Bool: { "aws:SecureTransport": "false" } }) &&
            denies(policy, { NumericLessThan: { "s3:TlsVersion": "1.2" } }),
        ),
      ),
    breaking: (config) => rewrite(first(config, "aws_s3_bucket_policy"), "policy", '"1.2"', '"1.0"'),
  },
  {
    name: "who asks what of a bucket is logged, but for the bucket of the logs themselves",
    breaches: (stack) => {
      const logged = of(stack, "aws_s3_bucket_logging");
      const isTarget = ({ address }: Resource) =>
        logged.some(({ target_bucket: target }) => target === `\${${address}.bucket}`);
      return wrong(
        of(stack, "aws_s3_bucket"),
        (bucket) => isTarget(bucket) || has(stack, bucket, "aws_s3_bucket_logging", () => true),
      );
    },
    breaking: (config) => void delete config.aws_s3_bucket_logging,
  },
  {
    name: "a log group forgets",
    breaches: (stack) =>
      wrong(of(stack, "aws_cloudwatch_log_group"), ({ retention_in_days: days }) => Number(days) > 0),
    breaking: (config) => void delete first(config, "aws_cloudwatch_log_group").retention_in_days,
  },
  {
    name: "a queue is encrypted",
    breaches: (stack) =>
      wrong(
        of(stack, "aws_sqs_queue"),
        (queue) => queue.sqs_managed_sse_enabled === true || queue.kms_master_key_id !== undefined,
      ),
    breaking: (config) => void delete first(config, "aws_sqs_queue").sqs_managed_sse_enabled,
  },
  {
    name: "a topic is encrypted",
    breaches: (stack) => wrong(of(stack, "aws_sns_topic"), ({ kms_master_key_id: key }) => key !== undefined),
    breaking: (config) => void delete first(config, "aws_sns_topic").kms_master_key_id,
  },
  {
    name: "a table is encrypted, and can be restored to any second",
    breaches: (stack) =>
      wrong(
        of(stack, "aws_dynamodb_table"),
        ({ server_side_encryption: sse, point_in_time_recovery: recovery }) =>
          asObject(sse ?? {}).enabled === true && asObject(recovery ?? {}).enabled === true,
      ),
    breaking: (config) => void delete first(config, "aws_dynamodb_table").server_side_encryption,
  },
  {
    name: "a key changes its material every year",
    breaches: (stack) => wrong(of(stack, "aws_kms_key"), ({ enable_key_rotation: rotates }) => rotates === true),
    breaking: (config) => {
      first(config, "aws_kms_key").enable_key_rotation = false;
    },
  },
  {
    name: "a function has a timeout",
    breaches: (stack) =>
      wrong(of(stack, "aws_lambda_function"), ({ timeout }) => Number(timeout) >= 1 && Number(timeout) <= 900),
    breaking: (config) => void delete first(config, "aws_lambda_function").timeout,
  },
  {
    name: "a function that fails does not fail in silence",
    breaches: (stack) => wrong(of(stack, "aws_lambda_function"), (fn) => hasWayOfFailure(stack, fn)),
    breaking: (config) => void delete config.aws_lambda_function_event_invoke_config,
  },
  {
    name: "a queue gives up on a message, or holds what others gave up on",
    breaches: (stack) => {
      const givenUp = JSON.stringify([
        ...of(stack, "aws_sqs_queue").map(({ redrive_policy: policy }) =>
          policy === undefined ? "" : decoded(policy),
        ),
        ...stack.all().map((one) => [one.dead_letter_config, one.destination_config, one.target]),
      ]);
      return wrong(
        of(stack, "aws_sqs_queue"),
        ({ address, redrive_policy: policy }) => policy !== undefined || givenUp.includes(`\${${address}.arn}`),
      );
    },
    breaking: (config) => {
      for (const queue of Object.values(config.aws_sqs_queue ?? {})) delete queue.redrive_policy;
    },
  },
];

/** What traces are sent of, in environments that trace. */
export const TRACED: Rule = {
  name: "functions and state machines send traces",
  breaches: (stack) => [
    ...wrong(
      of(stack, "aws_lambda_function"),
      ({ tracing_config: tracing }) => asObject(tracing ?? {}).mode === "Active",
    ),
    ...wrong(
      of(stack, "aws_sfn_state_machine"),
      ({ tracing_configuration: tracing }) => asObject(tracing ?? {}).enabled === true,
    ),
  ],
  breaking: (config) => {
    first(config, "aws_lambda_function").tracing_config = { mode: "PassThrough" };
  },
};

/** What cannot be made anew, in environments that are protected. */
export const GUARDED: Rule = {
  name: "nothing irreplaceable can be planned away",
  breaches: (stack) =>
    wrong(
      stack.all(),
      ({ type, lifecycle }) => !IRREPLACEABLE.has(type) || asObject(lifecycle ?? {}).prevent_destroy === true,
    ),
  breaking: (config) => void delete first(config, "aws_s3_bucket").lifecycle,
};

/** The tags that everything carries which can carry any; the plans' test sees them on every resource. */
export const TAGGED: Rule["breaches"] = ({ json }) => {
  const [provider] = asList(asObject(json.provider ?? {}).aws ?? {}).map(asObject);
  const [{ tags } = { tags: {} }] = asList(provider?.default_tags ?? []).map(asObject);
  return ["Project", "Environment", "Team", "CostCenter"].filter(
    (tag) => !/\S/.test(String(asObject(tags)[tag] ?? "")),
  );
};

/** What an environment's stack has to keep to. */
export function rulesOf(env: { readonly tracing: { readonly enabled: boolean }; readonly protected: boolean }): Rule[] {
  return [...RULES, ...(env.tracing.enabled ? [TRACED] : []), ...(env.protected ? [GUARDED] : [])];
}
