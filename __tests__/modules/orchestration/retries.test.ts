import { retry, TRANSIENT } from "../../../modules/orchestration/retries";
import { DEFAULTS } from "../../../modules/orchestration/settings";

const names = Object.values(TRANSIENT).flat();

/** Names by which Step Functions reports what a second try meets again. */
const PERMANENT = [
  "States.ALL",
  "States.TaskFailed",
  "States.Permissions",
  "States.Timeout",
  "Lambda.Unknown",
  "DynamoDB.ConditionalCheckFailedException",
  "DynamoDB.ItemCollectionSizeLimitExceededException",
  "DynamoDB.ResourceNotFoundException",
  "Glue.AccessDeniedException",
  "Glue.EntityNotFoundException",
  "Glue.InvalidInputException",
  "S3.NoSuchBucketException",
  "Sfn.ExecutionDoesNotExistException",
  "SNS.AuthorizationErrorException",
  "SNS.InvalidParameterException",
  "SNS.NotFoundException",
];

test.each(PERMANENT)("%s is not tried again", (name) => expect(names).not.toContain(name));

// Their SDKs have no class for some or all throttling: docs/decisions/throttling-without-a-name-is-retried.md.
test.each(["DynamoDB.AmazonDynamoDBException", "Glue.AWSGlueException", "S3.S3Exception", "Sfn.SfnException"])(
  "%s is: throttling comes by it",
  (name) => expect(names).toContain(name),
);

test("what turns out to be permanent is told after a minute", () => {
  const {
    IntervalSeconds = 0,
    BackoffRate = 0,
    MaxDelaySeconds = 0,
    MaxAttempts = 0,
    ...more
  } = retry(TRANSIENT.dynamodb, DEFAULTS.retries.service);
  const waits = Array.from({ length: MaxAttempts }, (_, at) =>
    Math.min(IntervalSeconds * BackoffRate ** at, MaxDelaySeconds),
  );
  expect(waits.reduce((sum, seconds) => sum + seconds, 0)).toBe(62);
  // Half of that on average: each wait is anything up to its own.
  expect(more.JitterStrategy).toBe("FULL");
});
