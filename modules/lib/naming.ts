import type { Dataset } from "../../contracts";
import { ConfigurationError } from "./errors";

/** What a name depends on; every `Environment` is one. */
export interface NamedEnvironment {
  /** `local`, `dev` … */
  readonly name: string;
  /** The AWS account, 12 digits. */
  readonly account: string;
}

/** The Glue jobs, by the name of their script in `jobs/`. */
export const JOB_NAMES = [
  "transaction_etl",
  "product_enrichment",
  "clickstream_aggregation",
  "review_etl",
  "master_data_merge",
] as const;
export type JobName = (typeof JOB_NAMES)[number];

/** The Lambda functions, by the name of their folder in `functions/`. */
export const FUNCTION_NAMES = [
  "validate-file",
  "start-pipeline",
  "build-manifest",
  "data-quality",
  "refresh-tables",
  "summarize-run",
  "close-run",
  "request-run",
  "tell-alarm",
  "report-spend",
  "rotate-pii-key",
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** The queues where uploads end that something went wrong with: on their way, in validation, or before a run. */
export const DEAD_LETTER_QUEUES = ["undelivered-uploads", "unvalidated-uploads", "unstarted-uploads"] as const;

/** The queues where runs end that could not be started on schedule, that no event may ask for, or whose end nobody could look after. */
export const RUN_DEAD_LETTER_QUEUES = ["unstarted-runs", "refused-requests", "unclosed-runs"] as const;

/** The queue where events end that somebody sent a function of a run without waiting, which a run never does, and it failed on. */
export const FUNCTION_DEAD_LETTER_QUEUE = "failed-invocations";

/** The queues, by what they hold. */
export const QUEUE_NAMES = [
  "uploads",
  ...DEAD_LETTER_QUEUES,
  ...RUN_DEAD_LETTER_QUEUES,
  FUNCTION_DEAD_LETTER_QUEUE,
  "unreported-spend",
] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** The zones that have a catalog database. */
export const DATABASE_ZONES = ["raw", "processed", "curated"] as const;
export type DatabaseZone = (typeof DATABASE_ZONES)[number];

/**
 * Lengths and characters that AWS allows.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateWorkGroup.html
 * @see https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
 * @see https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalyMonitor.html
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_ConnectionInput.html
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
 */
const LIMITS = {
  bucket: { min: 3, max: 63, pattern: /^[a-z0-9][a-z0-9-]*[a-z0-9]$/ },
  database: { min: 1, max: 255, pattern: /^[a-z0-9_]+$/ },
  crawler: { min: 1, max: 255, pattern: /^[A-Za-z0-9_-]+$/ },
  job: { min: 1, max: 255, pattern: /^[A-Za-z0-9_-]+$/ },
  function: { min: 1, max: 64, pattern: /^[A-Za-z0-9_-]+$/ },
  role: { min: 1, max: 64, pattern: /^[\w+=,.@-]+$/ },
  stateMachine: { min: 1, max: 80, pattern: /^[A-Za-z0-9_-]+$/ },
  workgroup: { min: 1, max: 128, pattern: /^[A-Za-z0-9._-]+$/ },
  table: { min: 3, max: 255, pattern: /^[A-Za-z0-9_.-]+$/ },
  queue: { min: 1, max: 80, pattern: /^[A-Za-z0-9_-]+$/ },
  rule: { min: 1, max: 64, pattern: /^[A-Za-z0-9._-]+$/ },
  eventBus: { min: 1, max: 256, pattern: /^[A-Za-z0-9._-]+$/ },
  alarm: { min: 1, max: 255, pattern: /^[A-Za-z0-9 ._-]+$/ },
  dashboard: { min: 1, max: 255, pattern: /^[A-Za-z0-9_-]+$/ },
  logQuery: { min: 1, max: 255, pattern: /^[A-Za-z0-9/_.-]+$/ },
  schedule: { min: 1, max: 64, pattern: /^[A-Za-z0-9._-]+$/ },
  budget: { min: 1, max: 100, pattern: /^[^:\\]+$/ },
  costMonitor: { min: 1, max: 1024, pattern: /^[A-Za-z0-9 _-]+$/ },
  topic: { min: 1, max: 256, pattern: /^[A-Za-z0-9_-]+$/ },
  secret: { min: 1, max: 512, pattern: /^[A-Za-z0-9/_+=.@-]+$/ },
  connection: { min: 1, max: 255, pattern: /^[A-Za-z0-9_-]+$/ },
  securityConfiguration: { min: 1, max: 255, pattern: /^[A-Za-z0-9_-]+$/ },
  trail: { min: 3, max: 128, pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]$/ },
  policy: { min: 1, max: 128, pattern: /^[\w+=,.@-]+$/ },
  logGroup: { min: 1, max: 512, pattern: /^[A-Za-z0-9_./#-]+$/ },
  // Not Terraform's limit but ours: the stack's name is a folder and an S3 key.
  stack: { min: 1, max: 128, pattern: /^[A-Za-z0-9_-]+$/ },
} as const;
export type NameKind = keyof typeof LIMITS;

/**
 * Checks a physical name against what AWS allows.
 *
 * @returns the name.
 * @throws ConfigurationError that names the kind, the rule and the name.
 */
export function checkedName(kind: NameKind, name: string): string {
  const { min, max, pattern } = LIMITS[kind];
  if (name.length < min || name.length > max || !pattern.test(name)) {
    throw new ConfigurationError(`modules/lib/naming.ts (${kind})`, {
      rule: `a name of this kind has ${min} to ${max} characters and matches ${pattern.source}`,
      received: name,
      remedy: "shorten or respell the environment's name",
    });
  }
  return name;
}

/**
 * Every physical name of an environment: the modules create things under these names, and the command line finds them by
 * the same.
 *
 * @throws ConfigurationError where the environment's name or account makes a name that AWS does not allow.
 *
 * @example
 * names({ name: "local", account: "123456789012" }).bucket; // "data-lake-local-123456789012"
 * names(local).job("transaction_etl"); // "transaction-etl-local"
 */
export function names({ name: env, account }: NamedEnvironment) {
  if (!/^\d{12}$/.test(account)) {
    throw new ConfigurationError(`envs (${env})`, {
      rule: "an AWS account id has 12 digits",
      received: account,
      remedy: "set `account` of the environment",
    });
  }
  return {
    /** The environment that the names are of. */
    environment: env,
    stack: checkedName("stack", `commerce-lake-${env}`),
    bucket: checkedName("bucket", `data-lake-${env}-${account}`),
    database: (zone: DatabaseZone) => checkedName("database", `${zone}_${env.replaceAll("-", "_")}`),
    crawler: (dataset: Dataset) => checkedName("crawler", `raw-${dataset}-${env}`),
    job: (job: JobName) => checkedName("job", `${job.replaceAll("_", "-")}-${env}`),
    function: (name: FunctionName) => checkedName("function", `commerce-lake-${name}-${env}`),
    /** @param of what the role is for, such as `validate-file` or `crawlers`. */
    role: (of: string) => checkedName("role", `commerce-lake-${of}-${env}`),
    stateMachine: checkedName("stateMachine", `commerce-lake-${env}`),
    workgroup: checkedName("workgroup", `commerce-lake-${env}`),
    analystsWorkgroup: checkedName("workgroup", `commerce-lake-analysts-${env}`),
    fileLedger: checkedName("table", `file-ledger-${env}`),
    runLedger: checkedName("table", `run-ledger-${env}`),
    queue: (of: QueueName) => checkedName("queue", `commerce-lake-${of}-${env}`),
    /** Hears of what arrives in the raw zone. */
    uploadsRule: checkedName("rule", `commerce-lake-uploads-${env}`),
    /** Hears of runs that have ended. */
    endedRunsRule: checkedName("rule", `commerce-lake-runs-${env}`),
    /** Takes requests for runs, and tells of their ends. */
    eventBus: checkedName("eventBus", `commerce-lake-${env}`),
    /** Hears of what is asked for on the bus. */
    requestsRule: checkedName("rule", `commerce-lake-requests-${env}`),
    /** @param of what it watches, such as the name of a queue. */
    alarm: (of: string) => checkedName("alarm", `commerce-lake-${of}-${env}`),
    /** What the names of all alarms look like, for policies. */
    anyAlarm: `commerce-lake-*-${env}`,
    /** A slash makes a folder in the console. @param of what is asked. */
    logQuery: (of: string) => checkedName("logQuery", `commerce-lake/${env}/${of}`),
    /** @param of the question that it answers. */
    dashboard: (of: string) => checkedName("dashboard", `commerce-lake-${of}-${env}`),
    notificationsTopic: checkedName("topic", `pipeline-notifications-${env}`),
    qualityAlertsTopic: checkedName("topic", `data-quality-alerts-${env}`),
    spendSchedule: checkedName("schedule", `commerce-lake-spend-${env}`),
    budget: checkedName("budget", `commerce-lake-${env}`),
    costMonitor: checkedName("costMonitor", `commerce-lake-${env}`),
    costAlertsTopic: checkedName("topic", `cost-alerts-${env}`),
    /** What belongs to the VPC. */
    network: `commerce-lake-${env}`,
    /** @param zone number of the availability zone, from 1. */
    connection: (zone: number) => checkedName("connection", `commerce-lake-network-${zone}-${env}`),
    trail: checkedName("trail", `commerce-lake-${env}`),
    securityConfiguration: checkedName("securityConfiguration", `commerce-lake-${env}`),
    /** A signing profile's name goes on with random characters. */
    signingProfilePrefix: `commerce_lake_${env.replaceAll("-", "_")}_`,
    permissionBoundary: checkedName("policy", `commerce-lake-boundary-${env}`),
    /** @param of what the key encrypts. */
    keyAlias: (of: string) => `commerce-lake/${env}/${of}`,
    piiKeySecret: checkedName("secret", `commerce-lake/${env}/pii-key`),
    logGroups: {
      function: (name: FunctionName) => checkedName("logGroup", `/aws/lambda/commerce-lake-${name}-${env}`),
      /** Glue writes the driver's and executors' logs to `<prefix>/error` and what the script prints to `<prefix>/output`. */
      jobPrefix: (job: JobName) => checkedName("logGroup", `/aws-glue/jobs/${job.replaceAll("_", "-")}-${env}`),
      flowLogs: checkedName("logGroup", `/aws/vpc/commerce-lake-${env}`),
      stateMachine: checkedName("logGroup", `/aws/vendedlogs/states/commerce-lake-${env}`),
    },
  };
}

/** The physical names of one environment. */
export type Names = ReturnType<typeof names>;
