import { DEFAULTS, Ingestion, type IngestionProps } from "../../../modules/ingestion";
import { aLake, NAMES } from "../support/parts";
import { rightsOf, synthesize } from "../support/synthesis";

const build = (props: Partial<IngestionProps> = {}) =>
  synthesize((scope) => {
    new Ingestion(scope, "Ingestion", { names: NAMES, lake: aLake(scope), ...props });
  });

const stack = build();
const ledger = stack.only("aws_dynamodb_table");
const functionNamed = (name: string, from = stack) => from.find("aws_lambda_function", "function_name", name);

test("the ledger has the keys and indexes that docs/architecture.md promises", () => {
  expect(ledger).toMatchObject({ name: "file-ledger-test", hash_key: "pk", range_key: "sk" });
  expect(ledger.global_secondary_index).toEqual([
    { name: "by-dataset-date", hash_key: "dataset_date", range_key: "key", projection_type: "ALL" },
    { name: "by-state", hash_key: "state", range_key: "updated_at", projection_type: "ALL" },
  ]);
});

test.each(["validate-file", "build-manifest"])("%s knows its bucket and its ledger", (name) => {
  expect(functionNamed(`commerce-lake-${name}-test`).environment).toEqual({
    variables: {
      LAKE_ENV: "test",
      LAKE_BUCKET: `\${${stack.only("aws_s3_bucket").address}.bucket}`,
      FILE_LEDGER_TABLE: `\${${ledger.address}.name}`,
    },
  });
});

test("the validator has a whole CPU and all the time that Lambda gives", () => {
  expect(DEFAULTS).toMatchObject({ validatorMemoryMb: 1_769, validatorTimeoutSeconds: 900 });
  expect(functionNamed("commerce-lake-validate-file-test")).toMatchObject({ memory_size: 1_769, timeout: 900 });
  const small = build({ validatorMemoryMb: 512 });
  expect(functionNamed("commerce-lake-validate-file-test", small).memory_size).toBe(512);
});

test("the validator reads raw files and writes nothing to the lake", () => {
  const s3 = rightsOf(stack, "validate-file").filter(({ actions }) =>
    actions.some((action) => action.startsWith("s3:")),
  );
  expect(s3.flatMap(({ actions }) => actions)).toEqual(["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"]);
  expect(s3.map(({ sid }) => sid)).toEqual(["ReadRaw", "ListRaw"]);
});

test("the manifest's writer writes manifests, and the ledger is not its to change", () => {
  const rights = rightsOf(stack, "build-manifest");
  const written = rights.filter(({ actions }) => actions.includes("s3:PutObject"));
  expect(written.flatMap(({ resources }) => resources)).toEqual([expect.stringMatching(/\/runs\/\*\/manifest\.json$/)]);
  expect(rights.flatMap(({ actions }) => actions)).not.toContain("dynamodb:UpdateItem");
});

test("what functions share reaches both", () => {
  const shared = build({ functions: { tracing: false, logRetentionDays: 3 }, protected: false });
  for (const fn of shared.every("aws_lambda_function")) expect(fn.tracing_config).toEqual({ mode: "PassThrough" });
  for (const group of shared.every("aws_cloudwatch_log_group")) expect(group.retention_in_days).toBe(3);
  expect(shared.only("aws_dynamodb_table").deletion_protection_enabled).toBe(false);
  expect(ledger.deletion_protection_enabled).toBe(true);
});
