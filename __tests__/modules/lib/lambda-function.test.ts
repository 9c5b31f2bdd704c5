import { FUNCTION_DEFAULTS, LambdaFunction, type LambdaFunctionProps } from "../../../modules/lib/lambda-function";
import { aLake, aRole, NAMES } from "../support/parts";
import { statements, synthesize } from "../support/synthesis";

type Optional = Partial<Pick<LambdaFunctionProps, "memoryMb" | "timeoutSeconds" | "tracing" | "logRetentionDays">>;

const build = (optional: Optional = {}, use: (made: LambdaFunction) => void = () => {}) =>
  synthesize((stack) => {
    const made = new LambdaFunction(stack, "Function", {
      names: NAMES,
      store: aLake(stack).artifacts,
      functionName: "build-manifest",
      description: "For a test",
      environment: { LAKE_BUCKET: "a-bucket" },
      ...optional,
    });
    use(made);
  });

test("defaults", () => {
  const stack = build();
  expect(stack.only("aws_lambda_function")).toMatchObject({
    function_name: "commerce-lake-build-manifest-test",
    runtime: "nodejs22.x",
    architectures: ["arm64"],
    handler: "index.handler",
    memory_size: FUNCTION_DEFAULTS.memoryMb,
    timeout: FUNCTION_DEFAULTS.timeoutSeconds,
    tracing_config: { mode: "Active" },
    environment: { variables: { LAKE_ENV: "test", LAKE_BUCKET: "a-bucket" } },
  });
  expect(stack.only("aws_cloudwatch_log_group")).toMatchObject({
    name: "/aws/lambda/commerce-lake-build-manifest-test",
    retention_in_days: FUNCTION_DEFAULTS.logRetentionDays,
  });
});

test("its code is the stored object, in the version that was stored", () => {
  const stack = build();
  const code = stack.find("aws_s3_object", "key", "artifacts/functions/build-manifest.zip");
  expect(stack.only("aws_lambda_function")).toMatchObject({
    s3_key: `\${${code.address}.key}`,
    s3_object_version: `\${${code.address}.version_id}`,
    source_code_hash: code.source_hash,
  });
});

test("its log group is there before it can write to one that keeps events for ever", () => {
  const stack = build();
  expect(stack.only("aws_lambda_function").depends_on).toContain(stack.only("aws_cloudwatch_log_group").address);
});

test("every setting can be set", () => {
  const stack = build({ memoryMb: 128, timeoutSeconds: 1, tracing: false, logRetentionDays: 1 });
  expect(stack.only("aws_lambda_function")).toMatchObject({
    memory_size: 128,
    timeout: 1,
    tracing_config: { mode: "PassThrough" },
  });
  expect(stack.only("aws_cloudwatch_log_group").retention_in_days).toBe(1);
});

test("it may write its log, and send traces only where it has any", () => {
  const sids = (stack: ReturnType<typeof build>) =>
    statements(stack.only("aws_iam_role_policy").policy).map(({ sid }) => sid);
  expect(sids(build())).toEqual(["WriteLogs", "SendTraces"]);
  expect(sids(build({ tracing: false }))).toEqual(["WriteLogs"]);
});

test("who may invoke it may invoke its versions, and nothing else", () => {
  const stack = synthesize((scope) => {
    const made = new LambdaFunction(scope, "Function", {
      names: NAMES,
      store: aLake(scope).artifacts,
      functionName: "build-manifest",
      description: "For a test",
      environment: {},
    });
    made.grantInvoke(aRole(scope));
  });
  const arn = `\${${stack.only("aws_lambda_function").address}.arn}`;
  const policy = stack.every("aws_iam_role_policy").find(({ address }) => address.includes("Grantee"));
  expect(statements(policy?.policy)).toMatchObject([
    { sid: "InvokeFunction", actions: ["lambda:InvokeFunction"], resources: [arn, `${arn}:*`] },
  ]);
});

test.each([
  [{ memoryMb: 127 }, /memoryMb of a function is a whole number from 128 to 10240; received 127/],
  [{ memoryMb: 10_241 }, /received 10241/],
  [{ memoryMb: 512.5 }, /received 512.5/],
  [{ timeoutSeconds: 0 }, /timeoutSeconds of a function is a whole number from 1 to 900; received 0/],
  [{ timeoutSeconds: 901 }, /received 901/],
])("%p is refused", (optional, message) => {
  expect(() => build(optional)).toThrow(message);
  expect(() => build(optional)).toThrow(/^test\/Function: /);
});
