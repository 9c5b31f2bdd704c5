import { IRREPLACEABLE } from "../../modules/lib/irreplaceable";

/** Resources that hold something which no apply brings back: what goes with them. */
const LOSSES: Readonly<Record<string, string>> = {
  aws_s3_bucket: "every object in it, and the versions of each",
  aws_s3_object: "the object that was deployed; the next apply puts it back",
  aws_dynamodb_table: "every item: for the ledgers, what each run read, and with it exact reruns",
  aws_kms_key: "all that is encrypted with it becomes unreadable, for good once the waiting time is over",
  aws_secretsmanager_secret: "the secret: a new pseudonym key makes new pseudonyms, which join with no earlier ones",
  aws_secretsmanager_secret_version: "a version of the secret, and what was made with it can no longer be made again",
  aws_glue_catalog_database: "the database and the entries of its tables; the files stay in the bucket",
  aws_glue_catalog_table:
    "the table's entry, and for Iceberg the only pointer to its newest state; the files stay in the bucket",
  aws_sqs_queue: "the messages in it: uploads that wait, or what went wrong with them",
  aws_cloudwatch_log_group: "every log in it",
  aws_sns_topic: "its subscriptions: each has to be confirmed again",
  aws_sns_topic_subscription: "the subscription: it has to be confirmed again",
  aws_athena_workgroup: "the history of its queries",
  aws_cloudtrail: "the trail: what happens meanwhile is not recorded",
  aws_sfn_state_machine: "the history of its executions, and those that run are stopped",
  aws_glue_crawler: "its history of crawls",
  aws_vpc: "everything inside it",
  aws_db_instance: "the database",
  aws_rds_cluster: "the databases in it",
  aws_kinesis_stream: "the records in it",
  aws_efs_file_system: "every file in it",
};

/** Of those, what has to be named before it may go: the others are red, but no data is lost that matters. */
const GUARDED: ReadonlySet<string> = new Set([
  ...IRREPLACEABLE,
  "aws_secretsmanager_secret_version",
  "aws_glue_catalog_table",
  "aws_sqs_queue",
  "aws_cloudwatch_log_group",
  "aws_vpc",
  "aws_db_instance",
  "aws_rds_cluster",
  "aws_kinesis_stream",
  "aws_efs_file_system",
]);

/** @returns what is lost when a resource of the type goes; undefined where an apply brings all of it back */
export function lossOf(type: string): string | undefined {
  return LOSSES[type];
}

/** @returns whether a resource of the type may go only when it is named */
export function isGuarded(type: string): boolean {
  return GUARDED.has(type);
}
