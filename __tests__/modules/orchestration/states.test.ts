import { buildDefinition, settingsFrom } from "../../../modules/orchestration";
import type { MapState, ParallelState } from "../../../modules/orchestration/asl";
import { PARTS } from "./parts";

const { States } = buildDefinition(PARTS, settingsFrom());

const DYNAMODB_RETRY = {
  ErrorEquals: [
    "DynamoDB.AmazonDynamoDBException",
    "DynamoDB.InternalServerErrorException",
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.RequestLimitExceededException",
    "DynamoDB.SdkClientException",
    "DynamoDB.ThrottlingException",
  ],
  IntervalSeconds: 2,
  MaxAttempts: 5,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  JitterStrategy: "FULL",
};

const LAMBDA_RETRY = {
  ...DYNAMODB_RETRY,
  ErrorEquals: [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
  ],
};

const GLUE_RETRY = {
  ...DYNAMODB_RETRY,
  ErrorEquals: [
    "Glue.AWSGlueException",
    "Glue.GlueException",
    "Glue.InternalServiceException",
    "Glue.OperationTimeoutException",
    "Glue.SdkClientException",
    "Glue.ThrottlingException",
  ],
};

const CAPACITY_RETRY = {
  ...DYNAMODB_RETRY,
  ErrorEquals: ["Glue.ConcurrentRunsExceededException", "Glue.ResourceNumberLimitExceededException"],
  IntervalSeconds: 30,
  MaxAttempts: 10,
  MaxDelaySeconds: 300,
};

const caughtAs = (step: string, Next = "RecordFailure") => ({
  ErrorEquals: ["States.ALL"],
  Assign: {
    failure: {
      step,
      error: "{% $states.errorOutput.Error %}",
      cause: "{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '' %}",
    },
  },
  Output: {},
  Next,
});

const inner = (name: "ValidateFiles" | "RunCrawlers") => (States[name] as MapState).ItemProcessor.States;

test("AcquireLock", () => {
  expect(States.AcquireLock).toEqual({
    Type: "Task",
    Resource: "arn:aws:states:::dynamodb:updateItem",
    Arguments: {
      TableName: "run-ledger-test",
      Key: { pk: { S: "{% 'LOCK#' & $date %}" }, sk: { S: "LOCK" } },
      UpdateExpression: "SET #run = :run, #expires = :expires, #acquired = :acquired",
      ConditionExpression: "attribute_not_exists(#run) OR #run = :run OR #expires < :now",
      ExpressionAttributeNames: { "#run": "run", "#expires": "expires_at", "#acquired": "acquired_at" },
      ExpressionAttributeValues: {
        ":run": { S: "{% $execution %}" },
        ":now": { N: "{% $string($floor($millis() / 1000)) %}" },
        ":expires": { N: "{% $string($floor($millis() / 1000) + 43500) %}" },
        ":acquired": { S: "{% $states.context.State.EnteredTime %}" },
      },
    },
    TimeoutSeconds: 30,
    Retry: [DYNAMODB_RETRY],
    Catch: [
      { ErrorEquals: ["DynamoDB.ConditionalCheckFailedException"], Output: {}, Next: "ReadLockHolder" },
      caughtAs("AcquireLock"),
    ],
    Output: {},
    Next: "IsRedrive",
  });
});

test("RecordStart forgets an earlier end", () => {
  expect(States.RecordStart).toMatchObject({
    Arguments: {
      UpdateExpression:
        "SET #run = :run, #execution = :execution, #date = :date, #trigger = :trigger, #started_at = :started_at, #state = :state REMOVE #ended_at, #failed_step, #error, #cause, #log, #failures, #closing, #told_at, #untold_at",
    },
    Next: "WhereFrom",
  });
});

test("RecordFailure", () => {
  const names = [
    "run",
    "execution",
    "date",
    "trigger",
    "started_at",
    "state",
    "ended_at",
    "failed_step",
    "error",
    "cause",
    "log",
  ];
  expect(States.RecordFailure).toMatchObject({
    Arguments: {
      TableName: "run-ledger-test",
      Key: { pk: { S: "{% 'DATE#' & $date %}" }, sk: { S: "{% 'RUN#' & $run %}" } },
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ":run": { S: "{% $run %}" },
        ":execution": { S: "{% $execution %}" },
        ":date": { S: "{% $date %}" },
        ":trigger": { S: "{% $trigger %}" },
        ":started_at": { S: "{% $processingTime %}" },
        ":state": { S: "FAILED" },
        ":ended_at": { S: "{% $states.context.State.EnteredTime %}" },
        ":failed_step": { S: "{% $failure.step %}" },
        ":error": { S: "{% $failure.error %}" },
        ":cause": { S: "{% $substring($failure.cause, 0, 4000) %}" },
        ":log": { S: "{% 'npm run pipeline -- logs ' & $run & ' ' & $failure.step & \" --env test\" %}" },
      },
    },
    // What people read should the function that words messages be what is broken.
    Assign: {
      notice: {
        subject: expect.stringMatching(
          /^\{% "\[commerce-lake \w+\] " & \$date & ' FAILED: failed at ' & \$failure\.step %\}$/,
        ),
        message: expect.stringMatching(
          /'\. Its log: ' & 'npm run pipeline -- logs ' & \$run & ' ' & \$failure\.step & " --env \w+" %\}$/,
        ),
      },
    },
    Next: "SummarizeFailure",
  });
});

test("the listing of a dataset", () => {
  expect(inner("ValidateFiles").ValidateDataset).toEqual({
    Type: "Map",
    Label: "ValidateDataset",
    ItemReader: {
      Resource: "arn:aws:states:::s3:listObjectsV2",
      Arguments: { Bucket: "data-lake-test", Prefix: "{% 'raw/' & $dataset & '/date=' & $date & '/' %}" },
    },
    ItemBatcher: {
      MaxItemsPerBatch: 100,
      MaxInputBytesPerBatch: 131_072,
      BatchInput: {
        run: "{% $run %}",
        date: "{% $date %}",
        processingTime: "{% $processingTime %}",
        dataset: "{% $dataset %}",
        bucket: "data-lake-test",
      },
    },
    MaxConcurrency: 5,
    ItemProcessor: {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
      StartAt: "ShareOut",
      States: {
        ShareOut: {
          Type: "Map",
          // What it comes to is tested where it is evaluated: __tests__/local/test_stepfunctions_run.py.
          Items: expect.stringContaining("Items[Size <= 16777216]"),
          ItemSelector: {
            batch: "{% $states.input.BatchInput %}",
            share: "{% $states.context.Map.Item.Value %}",
          },
          MaxConcurrency: 10,
          ItemProcessor: {
            ProcessorConfig: { Mode: "INLINE" },
            StartAt: "ValidateShare",
            States: {
              ValidateShare: {
                Type: "Task",
                Resource: "arn:aws:states:::lambda:invoke",
                Arguments: {
                  FunctionName: "arn:aws:lambda:us-east-1:123456789012:function:validate-file",
                  Payload: "{% $merge([$states.input.batch, $states.input.share]) %}",
                },
                TimeoutSeconds: 930,
                Retry: [
                  {
                    ErrorEquals: ["FileBusy", "ClaimLost"],
                    IntervalSeconds: 15,
                    MaxAttempts: 62,
                    BackoffRate: 1,
                    JitterStrategy: "NONE",
                  },
                  { ...DYNAMODB_RETRY, ErrorEquals: ["ValidationInterrupted"] },
                  LAMBDA_RETRY,
                ],
                Output: {},
                End: true,
              },
            },
          },
          Output: {},
          End: true,
        },
      },
    },
    Output: {},
    End: true,
  });
});

test.each([
  [1, 1, 1],
  [9, 1, 9],
  [25, 2, 10],
  [50, 5, 10],
])("%d invocations at once are never exceeded: %d batches of %d", (files, batches, shares) => {
  const { States: some } = buildDefinition(PARTS, settingsFrom({ concurrency: { files } }));
  const { ValidateDataset } = (some.ValidateFiles as MapState).ItemProcessor.States;
  const { MaxConcurrency, ItemProcessor } = ValidateDataset as MapState;
  expect([MaxConcurrency, (ItemProcessor.States.ShareOut as MapState).MaxConcurrency]).toEqual([batches, shares]);
});

test("StartCrawler waits for a crawler that is busy", () => {
  expect(inner("RunCrawlers").StartCrawler).toEqual({
    Type: "Task",
    Resource: "arn:aws:states:::aws-sdk:glue:startCrawler",
    Arguments: { Name: "{% $lookup($states.input.crawlers, $states.input.dataset) %}" },
    TimeoutSeconds: 30,
    Retry: [
      {
        ErrorEquals: ["Glue.CrawlerRunningException"],
        IntervalSeconds: 15,
        MaxAttempts: 120,
        BackoffRate: 1,
        JitterStrategy: "NONE",
      },
      GLUE_RETRY,
    ],
    Assign: { crawler: "{% $lookup($states.input.crawlers, $states.input.dataset) %}", polls: 0 },
    Output: {},
    Next: "WaitForCrawler",
  });
});

test("the branch of a job", () => {
  expect((States.EtlJobs as ParallelState).Branches[0]).toEqual({
    StartAt: "HasTransactions",
    States: {
      HasTransactions: {
        Type: "Choice",
        Choices: [
          {
            Condition: '{% "transactions" in $withFiles and $not("transactions" in $done) %}',
            Next: "EtlTransactions",
          },
        ],
        Default: "TransactionsDone",
      },
      EtlTransactions: {
        Type: "Task",
        Resource: "arn:aws:states:::glue:startJobRun.sync",
        Arguments: {
          JobName: "etl-transactions",
          Arguments: {
            "--run": "{% $run %}",
            "--batch_date": "{% $date %}",
            "--processing_time": "{% $processingTime %}",
            "--manifest": "{% $manifest %}",
          },
        },
        TimeoutSeconds: 14_400,
        Retry: [CAPACITY_RETRY, GLUE_RETRY],
        Assign: { jobRun: "{% $states.result.Id %}", jobState: "{% $states.result.JobRunState %}" },
        Output: {},
        Next: "TransactionsEnded",
      },
      TransactionsEnded: {
        Type: "Choice",
        Choices: [{ Condition: "{% $jobState = 'SUCCEEDED' %}", Next: "TransactionsDone" }],
        Default: "TransactionsStopped",
      },
      TransactionsStopped: {
        Type: "Fail",
        Error: "JobStopped",
        Cause: "{% \"The run of etl-transactions named \" & $jobRun & ' ended as ' & $jobState & '.' %}",
      },
      TransactionsDone: { Type: "Pass", Output: {}, End: true },
    },
  });
});

test("MergeMasterData", () => {
  expect(States.MergeMasterData).toMatchObject({
    Arguments: {
      JobName: "merge",
      Arguments: {
        "--run": "{% $run %}",
        "--batch_date": "{% $date %}",
        "--processing_time": "{% $processingTime %}",
        "--manifest": "{% $manifest %}",
        "--datasets": "{% $join($withFiles, ',') %}",
      },
    },
    Catch: [caughtAs("MergeMasterData", "ReleasePublishLockAfterFailure")],
    Next: "MergeEnded",
  });
});

test("SummarizeRun tells what is known and leaves out what is not", () => {
  expect(States.SummarizeRun).toMatchObject({
    Arguments: {
      Payload:
        "{% $sift( {'run': $run, 'date': $date, 'processingTime': $processingTime, 'trigger': $trigger, 'status': 'SUCCEEDED', 'files': $files, 'quality': $quality, 'tables': $tables, 'error': $failure}, function($value) { $value != null }) %}",
    },
    Catch: [caughtAs("SendNotification")],
  });
});

test.each([
  ["SendNotification", "pipeline-notifications-test", "summary", caughtAs("SendNotification"), "ReleaseLock"],
  [
    "SendQualityAlert",
    "data-quality-alerts-test",
    "notice",
    { ErrorEquals: ["States.ALL"], Output: {}, Next: "SendFailureNotification" },
    "SendFailureNotification",
  ],
  [
    "SendFailureNotification",
    "pipeline-notifications-test",
    "notice",
    { ErrorEquals: ["States.ALL"], Output: {}, Next: "RecordUntold" },
    "ReleaseLockAfterFailure",
  ],
])("%s", (name, topic, variable, caught, next) => {
  expect(States[name]).toMatchObject({
    Resource: "arn:aws:states:::sns:publish",
    Arguments: {
      TopicArn: `arn:aws:sns:us-east-1:123456789012:${topic}`,
      Subject: `{% $${variable}.subject %}`,
      Message: `{% $${variable}.message %}`,
    },
    Catch: [caught],
    Next: next,
  });
});

test.each([
  ["ReleaseLock", "{% 'LOCK#' & $date %}", "Succeeded"],
  ["ReleaseLockAfterFailure", "{% 'LOCK#' & $date %}", "Failed"],
  ["ReleasePublishLock", "LOCK#PUBLISH", "SummarizeRun"],
  ["ReleasePublishLockAfterFailure", "LOCK#PUBLISH", "RecordFailure"],
])("%s frees nothing but its own lock, and cannot stand in the way", (name, pk, next) => {
  expect(States[name]).toEqual({
    Type: "Task",
    Resource: "arn:aws:states:::dynamodb:updateItem",
    Arguments: {
      TableName: "run-ledger-test",
      Key: { pk: { S: pk }, sk: { S: "LOCK" } },
      UpdateExpression: "REMOVE #run, #expires, #acquired",
      ConditionExpression: "#run = :run",
      ExpressionAttributeNames: { "#run": "run", "#expires": "expires_at", "#acquired": "acquired_at" },
      ExpressionAttributeValues: { ":run": { S: "{% $execution %}" } },
    },
    TimeoutSeconds: 30,
    Retry: [DYNAMODB_RETRY],
    Catch: [{ ErrorEquals: ["States.ALL"], Output: {}, Next: next }],
    Output: {},
    Next: next,
  });
});

test("the ends", () => {
  expect(States.Succeeded).toEqual({ Type: "Succeed", Output: "{% $summary.output %}" });
  expect(States.Failed).toEqual({ Type: "Fail", Error: "{% $failure.error %}", Cause: "{% $failure.cause %}" });
});

test("the numbers of an environment arrive where they count", () => {
  const patient = buildDefinition(
    PARTS,
    settingsFrom({
      timeouts: { call: 7, job: 77, run: 777, crawler: 60 },
      lease: 888,
      crawlerPoll: 9,
      publishTurn: { wait: 100, interval: 11 },
      arrivals: { quiet: 13, rounds: 4 },
      filesPerBatch: 7,
      largeFileBytes: 12_345,
      concurrency: { files: 3, crawlers: 2 },
      retries: { service: { attempts: 1, interval: 5, longest: 6 } },
    }),
  );
  const text = JSON.stringify(patient.States);
  expect(patient.TimeoutSeconds).toBe(777);
  expect(text).toContain("/ 1000) + 888)");
  expect(patient.States.WaitForTurn).toMatchObject({ Seconds: 11 });
  expect(JSON.stringify(patient.States.TurnsLeft)).toContain("$turnsWaited < 10 %}");
  expect(patient.States.RunCrawlers).toMatchObject({ MaxConcurrency: 2 });
  expect(JSON.stringify(patient.States.RunCrawlers)).toContain("$polls >= 7 %}");
  expect(JSON.stringify(patient.States.ValidateFiles)).toMatch(/"MaxItemsPerBatch":7.*Size <= 12345/);
  expect(JSON.stringify(patient.States.BuildManifest)).toContain("$trigger = 'upload' ? 13 : 0");
  expect(patient.States.WaitForFiles).toMatchObject({ Seconds: 13, Next: "ValidateFiles" });
  expect(JSON.stringify(patient.States.FilesSettled)).toContain("$settled or $rounds > 4");
  expect(JSON.stringify(patient.States.EtlJobs)).toContain('"TimeoutSeconds":77');
  expect(patient.States.SendNotification).toMatchObject({
    TimeoutSeconds: 7,
    Retry: [{ MaxAttempts: 1, IntervalSeconds: 5, MaxDelaySeconds: 6 }],
  });
});
