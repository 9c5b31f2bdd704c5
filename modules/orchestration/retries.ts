import type { Retrier } from "./asl";
import type { Patience } from "./settings";

/**
 * The errors that pass by themselves, by the service that reports them. Nothing else is tried again: a function that throws
 * or a job that fails would only fail a second time.
 *
 * Names are all that a retry can go by. Each service has one for whatever has no name of its own, and some throttling is among
 * that, beside what is permanent: docs/decisions/throttling-without-a-name-is-retried.md.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export const TRANSIENT = Object.freeze({
  lambda: [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
  ],
  // The first is also that of a ThrottlingException for which the SDK of Step Functions has no class, and of a ValidationException.
  dynamodb: [
    "DynamoDB.AmazonDynamoDBException",
    "DynamoDB.InternalServerErrorException",
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.RequestLimitExceededException",
    "DynamoDB.SdkClientException",
    "DynamoDB.ThrottlingException",
  ],
  // Glue reports throttling under its catch-all name as well as under its own.
  glue: [
    "Glue.AWSGlueException",
    "Glue.GlueException",
    "Glue.InternalServiceException",
    "Glue.OperationTimeoutException",
    "Glue.SdkClientException",
    "Glue.ThrottlingException",
  ],
  glueCapacity: ["Glue.ConcurrentRunsExceededException", "Glue.ResourceNumberLimitExceededException"],
  // S3 has no exception of its own for "slow down"; it arrives under the catch-all name.
  s3: ["S3.S3Exception", "S3.SdkClientException"],
  // Step Functions itself, asked about another run.
  states: ["Sfn.SdkClientException", "Sfn.SfnException"],
  sns: ["SNS.InternalErrorException", "SNS.KMSThrottlingException", "SNS.SdkClientException", "SNS.ThrottledException"],
} satisfies Record<string, readonly string[]>);

/** Retries that back off exponentially, with full jitter and a cap. */
export function retry(errors: readonly string[], { attempts, interval, longest }: Patience): Retrier {
  return {
    ErrorEquals: errors,
    IntervalSeconds: interval,
    MaxAttempts: attempts,
    BackoffRate: 2,
    MaxDelaySeconds: longest,
    JitterStrategy: "FULL",
  };
}

/** Retries that wait, at a steady pace and for `wait` seconds at most, for something that another run holds. */
export function waitFor(errors: readonly string[], turn: { wait: number; interval: number }): Retrier {
  return {
    ErrorEquals: errors,
    IntervalSeconds: turn.interval,
    MaxAttempts: Math.ceil(turn.wait / turn.interval),
    BackoffRate: 1,
    JitterStrategy: "NONE",
  };
}
