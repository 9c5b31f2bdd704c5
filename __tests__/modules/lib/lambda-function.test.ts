import {
  type Concurrency,
  FUNCTION_DEFAULTS,
  LambdaFunction,
  type LambdaFunctionProps,
} from "../../../modules/lib/lambda-function";
import type { Grantee } from "../../../modules/lib/service-role";
import { CodeSigning } from "../../../modules/security";
import { aLake, aRole, NAMES } from "../support/parts";
import { statements, synthesize } from "../support/synthesis";

type Optional = Partial<Omit<LambdaFunctionProps, "names" | "store" | "functionName" | "description" | "environment">>;

const concurrency = (bounds: Concurrency): Optional => ({ concurrency: { "build-manifest": bounds } });

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

test("without a choice it has no bound, no VPC, no alias, no signature", () => {
  const stack = build();
  const made = stack.only("aws_lambda_function");
  for (const choice of ["reserved_concurrent_executions", "vpc_config", "publish", "code_signing_config_arn"]) {
    expect([choice, made[choice]]).toEqual([choice, undefined]);
  }
  expect(stack.has("aws_lambda_alias")).toBe(false);
  expect(stack.has("aws_lambda_function_event_invoke_config")).toBe(false);
});

test("concurrency is reserved for the function that it is given for, 0 included, and for no other", () => {
  const reserved = (optional: Optional) => build(optional).only("aws_lambda_function").reserved_concurrent_executions;
  expect(reserved(concurrency({ reserved: 5 }))).toBe(5);
  expect(reserved(concurrency({ reserved: 0 }))).toBe(0);
  expect(reserved({ concurrency: { "validate-file": { reserved: 5 } } })).toBeUndefined();
});

test("kept warm, it is published, and callers get the alias that is warm", () => {
  const stack = build(concurrency({ provisioned: 2 }), (made) => {
    made.grantInvoke(aRole(made));
    made.sendFailuresTo({ arn: "arn:of:queue", grantSend: () => {} });
  });
  const lambda = stack.only("aws_lambda_function");
  const alias = stack.only("aws_lambda_alias");
  expect(lambda.publish).toBe(true);
  expect(alias).toMatchObject({ name: "live", function_version: `\${${lambda.address}.version}` });
  expect(stack.only("aws_lambda_provisioned_concurrency_config")).toMatchObject({
    qualifier: `\${${alias.address}.name}`,
    provisioned_concurrent_executions: 2,
  });
  const policy = stack.every("aws_iam_role_policy").find(({ address }) => address.includes("Grantee"));
  expect(statements(policy?.policy)[0]?.resources[0]).toBe(`\${${alias.address}.arn}`);
  expect(stack.only("aws_lambda_function_event_invoke_config").qualifier).toBe(`\${${alias.address}.name}`);
});

test("in a VPC it has its subnets and groups, and its role is ready before Lambda tries it", () => {
  const stack = build({
    network: {
      subnetIds: ["subnet-1", "subnet-2"],
      securityGroupIds: ["sg-1"],
      grantAttach: (role) => role.allow({ sid: "Attach", actions: ["ec2:CreateNetworkInterface"], resources: ["x"] }),
    },
  });
  const lambda = stack.only("aws_lambda_function");
  expect(lambda.vpc_config).toEqual({ subnet_ids: ["subnet-1", "subnet-2"], security_group_ids: ["sg-1"] });
  expect(statements(stack.only("aws_iam_role_policy").policy).map(({ sid }) => sid)).toContain("Attach");
  expect(lambda.depends_on).toContain(stack.only("aws_iam_role_policy").address);
});

test("signed, what is deployed is what the signing job made of the stored code", () => {
  const stack = synthesize((scope) => {
    const store = aLake(scope).artifacts;
    new LambdaFunction(scope, "Function", {
      names: NAMES,
      store,
      functionName: "build-manifest",
      description: "For a test",
      environment: {},
      codeSigner: new CodeSigning(scope, "CodeSigning", { profilePrefix: "test_", store }),
    });
  });
  const code = stack.find("aws_s3_object", "key", "artifacts/functions/build-manifest.zip");
  const profile = stack.only("aws_signer_signing_profile");
  const config = stack.only("aws_lambda_code_signing_config");
  const job = stack.only("aws_signer_signing_job");
  expect(profile).toMatchObject({
    platform_id: "AWSLambda-SHA384-ECDSA",
    signature_validity_period: { type: "MONTHS", value: 135 },
  });
  expect(config).toMatchObject({
    allowed_publishers: { signing_profile_version_arns: [`\${${profile.address}.version_arn}`] },
    policies: { untrusted_artifact_on_deployment: "Enforce" },
  });
  expect(job).toMatchObject({
    profile_name: `\${${profile.address}.name}`,
    source: { s3: { key: `\${${code.address}.key}`, version: `\${${code.address}.version_id}` } },
    destination: { s3: { prefix: "artifacts/signed/" } },
  });
  const lambda = stack.only("aws_lambda_function");
  expect(lambda).toMatchObject({ code_signing_config_arn: `\${${config.address}.arn}` });
  expect(String(lambda.s3_key)).toContain(`${job.address}.signed_object`);
  expect(lambda.source_code_hash).toBeUndefined();
});

test.each([0, 136])("a signature cannot hold for %d months", (validMonths) => {
  expect(() =>
    synthesize((scope) => {
      new CodeSigning(scope, "CodeSigning", { profilePrefix: "test_", store: aLake(scope).artifacts, validMonths });
    }),
  ).toThrow(/validMonths is a whole number from 1 to 135/);
});

test("what it fails on for good is kept, after as many tries as are asked for, 0 included", () => {
  const sent = (...tries: number[]) =>
    build({}, (made) => {
      const grantSend = (role: Grantee) => role.allow({ sid: "Send", actions: ["sqs:SendMessage"], resources: ["q"] });
      made.sendFailuresTo({ arn: "arn:of:queue", grantSend }, ...tries);
    });
  expect(sent().only("aws_lambda_function_event_invoke_config")).toMatchObject({
    maximum_retry_attempts: FUNCTION_DEFAULTS.eventRetries,
    maximum_event_age_in_seconds: FUNCTION_DEFAULTS.eventAgeSeconds,
    destination_config: { on_failure: { destination: "arn:of:queue" } },
  });
  const stack = sent(0, 60);
  expect(stack.only("aws_lambda_function_event_invoke_config")).toMatchObject({
    maximum_retry_attempts: 0,
    maximum_event_age_in_seconds: 60,
  });
  expect(statements(stack.only("aws_iam_role_policy").policy).map(({ sid }) => sid)).toContain("Send");
  expect(() => sent(3)).toThrow(/retries of a function is a whole number from 0 to 2; received 3/);
  expect(() => sent(2, 59)).toThrow(/ageSeconds of a function is a whole number from 60 to 21600; received 59/);
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
  [concurrency({ reserved: -1 }), /reserved of a function is a whole number from 0/],
  [concurrency({ reserved: 1.5 }), /received 1.5/],
  [concurrency({ provisioned: 0 }), /provisioned of a function is a whole number from 1/],
  [
    concurrency({ reserved: 1, provisioned: 2 }),
    /no more instances .* than may run at once; received .*"provisioned":2/,
  ],
])("%p is refused", (optional, message) => {
  expect(() => build(optional)).toThrow(message);
  expect(() => build(optional)).toThrow(/^test\/Function: /);
});
