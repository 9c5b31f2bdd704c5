import { DEFAULTS, Ingestion, UploadTrigger, type UploadTriggerProps } from "../../../modules/ingestion";
import { ConfigurationError } from "../../../modules/lib/errors";
import { aLake, aLedger, NAMES } from "../support/parts";
import { decoded, rightsOf, statements, synthesize } from "../support/synthesis";

const MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:commerce-lake-test";

const build = (props: Partial<UploadTriggerProps> = {}) =>
  synthesize((scope) => {
    const lake = aLake(scope);
    new UploadTrigger(scope, "UploadTrigger", {
      names: NAMES,
      lake,
      ingestion: new Ingestion(scope, "Ingestion", { names: NAMES, lake }),
      runLedger: aLedger(scope),
      stateMachineArn: MACHINE,
      ...props,
    });
  });

const stack = build();
const rule = stack.only("aws_cloudwatch_event_rule");
const queue = (of: string, from = stack) => from.find("aws_sqs_queue", "name", `commerce-lake-${of}-test`);
const arnOf = (of: string) => `\${${queue(of).address}.arn}`;
const fn = (name: string) => stack.find("aws_lambda_function", "function_name", `commerce-lake-${name}-test`);

test("the rule hears of what is created in the raw zone of this bucket, and of nothing else", () => {
  expect(decoded(rule.event_pattern)).toEqual({
    source: ["aws.s3"],
    "detail-type": ["Object Created"],
    detail: {
      bucket: { name: [expect.stringMatching(/^\$\{aws_s3_bucket\..*\.bucket\}$/)] },
      object: { key: [{ wildcard: "raw/*/date=*/*" }] },
    },
  });
});

test("an upload goes to the validator and to the queue, and to the dead letters where it does not get there", () => {
  const targets = stack.every("aws_cloudwatch_event_target");
  expect(targets.map(({ target_id, arn, dead_letter_config }) => [target_id, arn, dead_letter_config])).toEqual([
    ["Gather", arnOf("uploads"), { arn: arnOf("undelivered-uploads") }],
    ["Validate", `\${${fn("validate-file").address}.arn}`, { arn: arnOf("undelivered-uploads") }],
  ]);
});

test("only this rule may invoke the validator and send to the queues", () => {
  expect(stack.only("aws_lambda_permission")).toMatchObject({
    function_name: `\${${fn("validate-file").address}.function_name}`,
    principal: "events.amazonaws.com",
    source_arn: `\${${rule.address}.arn}`,
  });
  const senders = stack.every("aws_sqs_queue").map(({ name, policy }) => [
    name,
    statements(policy)
      .filter(({ effect }) => effect === "Allow")
      .map(({ conditions }) => conditions),
  ]);
  const only = [{ ArnEquals: { "aws:SourceArn": `\${${rule.address}.arn}` } }];
  expect(Object.fromEntries(senders)).toEqual({
    "commerce-lake-uploads-test": only,
    "commerce-lake-undelivered-uploads-test": only,
    "commerce-lake-unvalidated-uploads-test": [],
    "commerce-lake-unstarted-uploads-test": [],
  });
});

test("a validation that fails is tried twice more, and is then a dead letter", () => {
  expect(stack.only("aws_lambda_function_event_invoke_config")).toMatchObject({
    function_name: `\${${fn("validate-file").address}.function_name}`,
    maximum_retry_attempts: 2,
    destination_config: { on_failure: { destination: arnOf("unvalidated-uploads") } },
  });
  expect(rightsOf(stack, "validate-file")).toContainEqual(
    expect.objectContaining({ actions: ["sqs:SendMessage"], resources: [arnOf("unvalidated-uploads")] }),
  );
});

test("uploads are gathered as long and as many as Lambda gives, unless it is said otherwise", () => {
  expect(stack.only("aws_lambda_event_source_mapping")).toMatchObject({
    event_source_arn: arnOf("uploads"),
    batch_size: 10_000,
    maximum_batching_window_in_seconds: 300,
    function_response_types: ["ReportBatchItemFailures"],
    scaling_config: { maximum_concurrency: 2 },
  });
  const quick = build({ batchingWindowSeconds: 1 });
  expect(quick.only("aws_lambda_event_source_mapping").maximum_batching_window_in_seconds).toBe(1);
});

test("a file waits for longer than a run may hold its date, and is then a dead letter", () => {
  const redrive = (from = stack) => decoded(queue("uploads", from).redrive_policy);
  expect(queue("uploads").visibility_timeout_seconds).toBe(660);
  expect(redrive()).toEqual({ deadLetterTargetArn: arnOf("unstarted-uploads"), maxReceiveCount: 77 });
  expect(77 * 660).toBeGreaterThan(43_500);
  // SQS counts no further.
  expect(redrive(build({ retrySeconds: 20 }))).toMatchObject({ maxReceiveCount: 1_000 });
});

test("messages stay hidden while the function is at them, with room as AWS asks", () => {
  expect(fn("start-pipeline").timeout).toBe(60);
  expect(DEFAULTS.retrySeconds).toBeGreaterThanOrEqual(
    6 * DEFAULTS.startTimeoutSeconds + DEFAULTS.batchingWindowSeconds,
  );
  const quick = build({ retrySeconds: 20 });
  const short = quick.find("aws_lambda_function", "function_name", "commerce-lake-start-pipeline-test");
  expect([short.timeout, queue("uploads", quick).visibility_timeout_seconds]).toEqual([20, 20]);
});

test("start-pipeline may start runs of this machine, and change nothing", () => {
  const rights = rightsOf(stack, "start-pipeline").filter(({ sid }) => !["WriteLogs", "SendTraces"].includes(sid));
  expect(rights.flatMap(({ actions }) => actions).sort()).toEqual([
    "dynamodb:BatchGetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Query",
    "s3:GetObject",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucket",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "states:DescribeExecution",
    "states:StartExecution",
  ]);
  const start = rights.find(({ sid }) => sid === "StartRun");
  expect(start?.resources).toEqual([MACHINE]);
});

test.each([
  ["batchingWindowSeconds", 0],
  ["batchingWindowSeconds", 301],
  ["batchingWindowSeconds", 1.5],
  ["retrySeconds", 19],
  ["retrySeconds", 43_201],
])("%s of %d is refused", (option, value) => {
  expect(() => build({ [option]: value })).toThrow(ConfigurationError);
  expect(() => build({ [option]: value })).toThrow(`${option} is a whole number from`);
});

test.each([
  ["batchingWindowSeconds", 300],
  ["retrySeconds", 43_200],
])("%s of %d is taken", (option, value) => {
  expect(() => build({ [option]: value })).not.toThrow();
});
