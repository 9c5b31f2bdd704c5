import { CloudWatchLogsClient, paginateDescribeLogGroups } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, paginateListTables } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { GlueClient, paginateGetDatabases, paginateListCrawlers, paginateListJobs } from "@aws-sdk/client-glue";
import { IAMClient, paginateListRoles } from "@aws-sdk/client-iam";
import { LambdaClient, paginateListFunctions } from "@aws-sdk/client-lambda";
import { paginateGetResources, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { paginateListSecrets, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { paginateListStateMachines, SFNClient } from "@aws-sdk/client-sfn";
import { paginateListTopics, SNSClient } from "@aws-sdk/client-sns";
import { paginateListQueues, SQSClient } from "@aws-sdk/client-sqs";
import { DATASETS } from "../../contracts";
import { DATABASE_ZONES, JOB_NAMES, type Names } from "../../modules/lib/naming";
import { commonTags } from "../../modules/lib/tags";
import type { clientConfig } from "../lib/lake";
import type { StateResource } from "./inventory";

/** Something of an account. */
export interface Found {
  /** What it is, as `bucket`. */
  readonly kind: string;
  /** Its ARN, or its name where its service lists no ARNs. */
  readonly id: string;
  readonly name: string;
  /** What makes it ours. */
  readonly by: "name" | "tags";
}

/** Something under our names or tags that no state has. */
export interface Unmanaged extends Found {
  /** Why it is no wonder; not there where it is one. */
  readonly known?: string;
}

/** What makes things under our names without Terraform, each with its reason. */
const MADE_BY_OTHERS: readonly { readonly kind: string; readonly name: RegExp; readonly why: string }[] = [
  { kind: "log group", name: /^\/aws\/codebuild\//, why: "CodeBuild makes it" },
  {
    kind: "log group",
    name: /^\/aws-glue\/(crawlers|python-jobs)/,
    why: "Glue makes it for all crawlers of the account",
  },
  {
    kind: "bucket",
    name: /^commerce-lake-.*-?state|terraform-state/,
    why: "the state's own bucket: the bootstrap's state has it",
  },
];

/**
 * What exists under our names or tags, and not in the state.
 *
 * @param found what the account has
 * @param names of the environment; its bootstrap and other environments have states of their own
 */
export function unmanaged(found: readonly Found[], state: readonly StateResource[], names: Names): Unmanaged[] {
  const managed = new Set(
    state.flatMap(({ values }) =>
      ["arn", "id", "name", "bucket", "function_name", "url", "secret_id"].flatMap((attribute) => {
        const value = values[attribute];
        // A log group's ARN comes with or without what stands for its streams.
        return typeof value === "string" ? [value, value.replace(/:\*$/, "")] : [];
      }),
    ),
  );
  const isManaged = ({ id, name }: Found) =>
    managed.has(id) || managed.has(id.replace(/:\*$/, "")) || managed.has(name);
  const seen = new Set<string>();
  return found
    .filter((one) => one.by === "tags" || isOurs(one.name, names))
    .filter((one) => !isManaged(one) && !seen.has(one.id) && seen.add(one.id))
    .map((one) => {
      const known = MADE_BY_OTHERS.find(({ kind, name }) => kind === one.kind && name.test(one.name));
      return { ...one, ...(known === undefined ? {} : { known: known.why }) };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Whether a name is one that the environment could have given. */
export function isOurs(name: string, names: Names): boolean {
  const env = names.environment;
  const exact = new Set<string>([
    ...DATABASE_ZONES.map(names.database),
    ...DATASETS.map(names.crawler),
    ...JOB_NAMES.map(names.job),
    names.fileLedger,
    names.runLedger,
    names.notificationsTopic,
    names.qualityAlertsTopic,
    names.costAlertsTopic,
  ]);
  const isPrefixed = /(^|\/)(commerce-lake|data-lake)[-/]/.test(name) || name.startsWith("/aws-glue/jobs/");
  const words = (text: string) => ` ${text.split(/[-/_]/).join(" ")} `;
  const isOfEnvironment = words(name).includes(words(env));
  return exact.has(name) || (isPrefixed && isOfEnvironment);
}

/** What an account has, of all that the lake is made of. */
export async function accountOf(
  config: ReturnType<typeof clientConfig>,
  env: { readonly name: string; readonly team: string; readonly costCenter: string },
): Promise<Found[]> {
  const by = "name" as const;
  const found: Found[] = [];
  const add = (kind: string, name: string | undefined, id = name) => {
    if (name !== undefined && id !== undefined) found.push({ kind, name, id, by });
  };
  const { Buckets = [] } = await new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({}));
  for (const { Name } of Buckets) add("bucket", Name);
  for await (const { TableNames = [] } of paginateListTables({ client: new DynamoDBClient(config) }, {})) {
    for (const name of TableNames) add("table", name);
  }
  for await (const { Functions = [] } of paginateListFunctions({ client: new LambdaClient(config) }, {})) {
    for (const { FunctionName, FunctionArn } of Functions) add("function", FunctionName, FunctionArn);
  }
  for await (const { QueueUrls = [] } of paginateListQueues({ client: new SQSClient(config) }, {})) {
    for (const url of QueueUrls) add("queue", last(url), url);
  }
  for await (const { Topics = [] } of paginateListTopics({ client: new SNSClient(config) }, {})) {
    for (const { TopicArn } of Topics) add("topic", last(TopicArn, ":"), TopicArn);
  }
  const machines = paginateListStateMachines({ client: new SFNClient(config) }, {});
  for await (const { stateMachines = [] } of machines) {
    for (const { name, stateMachineArn } of stateMachines) add("state machine", name, stateMachineArn);
  }
  const glue = { client: new GlueClient(config) };
  for await (const { DatabaseList = [] } of paginateGetDatabases(glue, {})) {
    for (const { Name } of DatabaseList) add("database", Name);
  }
  for await (const { JobNames = [] } of paginateListJobs(glue, {})) for (const name of JobNames) add("job", name);
  for await (const { CrawlerNames = [] } of paginateListCrawlers(glue, {})) {
    for (const name of CrawlerNames) add("crawler", name);
  }
  for await (const { SecretList = [] } of paginateListSecrets({ client: new SecretsManagerClient(config) }, {})) {
    for (const { Name, ARN } of SecretList) add("secret", Name, ARN);
  }
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client: new CloudWatchLogsClient(config) }, {})) {
    for (const { logGroupName, arn } of logGroups) add("log group", logGroupName, arn);
  }
  for await (const { Roles = [] } of paginateListRoles({ client: new IAMClient(config) }, {})) {
    for (const { RoleName, Arn } of Roles) add("role", RoleName, Arn);
  }
  const { Rules = [] } = await new EventBridgeClient(config).send(new ListRulesCommand({}));
  for (const { Name, Arn } of Rules) add("rule", Name, Arn);

  const { Project = "", Environment = "" } = commonTags(env);
  const TagFilters = [
    { Key: "Project", Values: [Project] },
    { Key: "Environment", Values: [Environment] },
  ];
  const tagged = paginateGetResources({ client: new ResourceGroupsTaggingAPIClient(config) }, { TagFilters });
  for await (const { ResourceTagMappingList = [] } of tagged) {
    for (const { ResourceARN } of ResourceTagMappingList) {
      if (ResourceARN === undefined) continue;
      const [, , service = "", , , ...rest] = ResourceARN.split(":");
      found.push({ kind: service, name: last(rest.join(":")) ?? ResourceARN, id: ResourceARN, by: "tags" });
    }
  }
  return found;
}

function last(text: string | undefined, separator = "/"): string | undefined {
  return text?.split(separator).at(-1);
}
