import { Synthesis } from "../../../cli/stack/synthesis";
import { csv, inventory, resourcesOfState } from "../../../cli/state/inventory";

const state = (...resources: object[]) =>
  resourcesOfState(
    JSON.stringify({
      values: {
        root_module: {
          resources: [...resources, { mode: "data", address: "data.x.y", type: "x", values: {} }],
          child_modules: [{ resources: [{ mode: "managed", address: "module.m.aws_x.y", type: "aws_x" }] }],
        },
      },
    }),
  );
const managed = (type: string, values: object) => ({ mode: "managed", address: `${type}.A`, type, values });
const row = (type: string, values: object, ...others: object[]) =>
  inventory(state(managed(type, values), ...others), new Synthesis({})).find(({ address }) => address === `${type}.A`);

test("an empty state holds nothing", () => {
  expect(resourcesOfState('{"format_version":"1.0"}')).toEqual([]);
});

test("a resource is told with its construct, module and who answers for it; data sources are not", () => {
  const stack = new Synthesis({
    resource: {
      aws_dynamodb_table: {
        A: {
          "//": { metadata: { path: "commerce-lake-dev/Ingestion/Ledger/Table" } },
          lifecycle: { prevent_destroy: true },
        },
      },
    },
  });
  const tags_all = { Team: "data", CostCenter: "42" };
  const table = managed("aws_dynamodb_table", {
    tags_all,
    deletion_protection_enabled: true,
    server_side_encryption: [{ enabled: true, kms_key_arn: "" }],
  });
  expect(inventory(state(table), stack)).toEqual([
    {
      address: "aws_dynamodb_table.A",
      path: "commerce-lake-dev/Ingestion/Ledger/Table",
      module: "Ingestion",
      owner: "data",
      costCenter: "42",
      encryption: "AWS's own key",
      protection: "prevent_destroy, deletion protection",
    },
    expect.objectContaining({ address: "module.m.aws_x.y", path: "", module: "", owner: "" }),
  ]);
});

test.each<[string, object, string]>([
  ["aws_dynamodb_table", {}, "DynamoDB's own key"],
  ["aws_sqs_queue", {}, "none"],
  ["aws_sqs_queue", { sqs_managed_sse_enabled: true }, "SQS's own key"],
  ["aws_sqs_queue", { sqs_managed_sse_enabled: true, kms_master_key_id: "arn:k" }, "arn:k"],
  ["aws_sns_topic", { kms_master_key_id: "" }, "none"],
  ["aws_cloudwatch_log_group", {}, "CloudWatch's own key"],
  ["aws_secretsmanager_secret", { kms_key_id: "arn:k" }, "arn:k"],
  ["aws_kms_key", { enable_key_rotation: false }, "is a key, never rotated"],
  ["aws_s3_bucket", { bucket: "other" }, "none"],
  ["aws_iam_role", {}, ""],
])("%s of %j is encrypted by: %s", (type, values, encryption) => {
  expect(row(type, values)?.encryption).toBe(encryption);
});

test("a bucket is encrypted as its own configuration says, and stands while it holds objects", () => {
  const configuration = (bucket: string, rule: object) =>
    managed("aws_s3_bucket_server_side_encryption_configuration", {
      bucket,
      rule: [{ apply_server_side_encryption_by_default: [rule] }],
    });
  const others = [
    configuration("other", { sse_algorithm: "AES256" }),
    configuration("lake", { kms_master_key_id: "arn:k" }),
  ];
  expect(row("aws_s3_bucket", { bucket: "lake", force_destroy: false }, ...others)).toMatchObject({
    encryption: "arn:k",
    protection: "while it holds objects",
  });
  expect(row("aws_s3_bucket", { force_destroy: true })?.protection).toBe("none: deleted with its objects");
});

test("CSV quotes what needs it, and holds no formula", () => {
  expect(
    csv(
      ["a", "b"],
      [
        ['say "x", y', "=1+1"],
        ["", "-"],
      ],
    ),
  ).toBe('a,b\r\n"say ""x"", y",\'=1+1\r\n,\'-\r\n');
});
