/** What cannot be made anew: it holds data, or the key or the catalog without which data cannot be read. */
export const IRREPLACEABLE: ReadonlySet<string> = new Set([
  "aws_dynamodb_table",
  "aws_glue_catalog_database",
  "aws_kms_key",
  "aws_s3_bucket",
  "aws_secretsmanager_secret",
]);
