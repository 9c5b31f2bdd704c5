import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import { ConfigurationError } from "../lib/errors";
import { LambdaFunction } from "../lib/lambda-function";
import { Queue } from "../lib/queue";
import { DEFAULTS } from "./defaults";
import type { UploadTriggerProps } from "./upload-trigger-props";

/** What the settings may be. @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
const LIMITS = {
  // Without a window Lambda gives ten messages at most.
  batchingWindowSeconds: { min: 1, max: 300 },
  retrySeconds: { min: 20, max: 43_200 },
} as const;

/** Most receives that SQS counts to. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const MOST_RECEIVES = 1_000;

/**
 * What happens when a file arrives: it is validated at once, and one run is started for each date that files came for.
 *
 * The bucket's event goes two ways. To the validator, so that whoever sent the file knows in seconds. And to a queue, from which
 * `start-pipeline` takes what gathered: its messages stay until a run has read their files.
 *
 * @example
 * new UploadTrigger(this, "UploadTrigger", { names, lake, ingestion, runLedger, stateMachineArn });
 */
export class UploadTrigger extends Construct {
  /** Accepted files that wait for a run, and everything else that was uploaded lately. */
  readonly uploads: Queue;
  /** Where uploads end that something went wrong with, hop by hop. Nothing empties them by itself. */
  readonly deadLetters: readonly Queue[];
  readonly startPipeline: LambdaFunction;

  /** @throws ConfigurationError on a setting out of range. */
  constructor(scope: Construct, id: string, props: UploadTriggerProps) {
    super(scope, id);
    const { names, lake, ingestion } = props;
    const retrySeconds = this.inRange("retrySeconds", props.retrySeconds ?? DEFAULTS.retrySeconds);
    const window = this.inRange("batchingWindowSeconds", props.batchingWindowSeconds ?? DEFAULTS.batchingWindowSeconds);

    const rule = new CloudwatchEventRule(this, "Rule", {
      name: names.uploadsRule,
      description: "Files that arrive in the raw zone",
      eventPattern: Fn.jsonencode({
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: {
          bucket: { name: [lake.bucketName] },
          object: { key: [{ wildcard: `${lake.zones.raw.prefix}*/date=*/*` }] },
        },
      }),
    });
    const command = `npm run pipeline -- redrive-uploads --env ${names.environment} --dry-run`;
    const undelivered = new Queue(this, "Undelivered", {
      names,
      of: "undelivered-uploads",
      rule: rule.arn,
      advice: {
        says: "EventBridge could not hand an upload on. The file lies in the raw zone: nobody has looked at it.",
        command,
      },
    });
    const unvalidated = new Queue(this, "Unvalidated", {
      names,
      of: "unvalidated-uploads",
      advice: {
        says: "The validator failed on an upload again and again. The file has no verdict yet; the next run of its date tries once more.",
        command,
      },
    });
    const unstarted = new Queue(this, "Unstarted", {
      names,
      of: "unstarted-uploads",
      advice: {
        says: "A file was accepted, and for half a day no run has read it: runs of its date cannot be started, or fail.",
        command,
      },
    });
    this.deadLetters = [undelivered, unvalidated, unstarted];
    this.uploads = new Queue(this, "Uploads", {
      names,
      of: "uploads",
      rule: rule.arn,
      hiddenSeconds: retrySeconds,
      deadLetters: {
        queue: unstarted,
        receives: Math.min(Math.ceil(DEFAULTS.patienceSeconds / retrySeconds), MOST_RECEIVES),
      },
    });

    const deliver = (target: string, arn: string) =>
      new CloudwatchEventTarget(this, target, {
        rule: rule.name,
        targetId: target,
        arn,
        deadLetterConfig: { arn: undelivered.arn },
      });
    this.validateOnArrival(props, rule.arn, unvalidated);
    deliver("Validate", ingestion.validateFile.functionArn);
    deliver("Gather", this.uploads.arn);
    this.startPipeline = this.startRuns(props, window, retrySeconds);
  }

  private validateOnArrival(
    { ingestion: { validateFile } }: UploadTriggerProps,
    rule: string,
    unvalidated: Queue,
  ): void {
    new LambdaPermission(this, "AllowRule", {
      statementId: "AllowUploadsRule",
      functionName: validateFile.functionName,
      ...(validateFile.qualifier === undefined ? {} : { qualifier: validateFile.qualifier }),
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      sourceArn: rule,
    });
    validateFile.sendFailuresTo(unvalidated, 2, DEFAULTS.validationPatienceSeconds);
  }

  private startRuns(props: UploadTriggerProps, window: number, retrySeconds: number): LambdaFunction {
    const { names, lake, ingestion, runLedger, stateMachineArn, functions = {} } = props;
    const start = new LambdaFunction(this, "StartPipeline", {
      ...functions,
      names,
      store: lake.artifacts,
      functionName: "start-pipeline",
      description: "Starts a run for each date that has files which no run has read",
      environment: {
        LAKE_BUCKET: lake.bucketName,
        FILE_LEDGER_TABLE: ingestion.fileLedger.tableName,
        RUN_LEDGER_TABLE: runLedger.tableName,
        STATE_MACHINE_ARN: stateMachineArn,
      },
      // Messages must stay hidden while it is at them.
      timeoutSeconds: Math.min(DEFAULTS.startTimeoutSeconds, retrySeconds),
    });
    this.uploads.grantConsume(start);
    lake.zones.raw.grantRead(start);
    lake.zones.runs.grantRead(start, "*/manifest.json");
    ingestion.fileLedger.grantRead(start);
    runLedger.grantRead(start);
    start.allow(
      { sid: "StartRun", actions: ["states:StartExecution"], resources: [stateMachineArn] },
      {
        sid: "LookAtRuns",
        actions: ["states:DescribeExecution"],
        resources: [aws(this).arn("states", `execution:${names.stateMachine}:*`)],
      },
    );
    new LambdaEventSourceMapping(this, "Batches", {
      eventSourceArn: this.uploads.arn,
      functionName: start.functionArn,
      batchSize: DEFAULTS.batchSize,
      maximumBatchingWindowInSeconds: window,
      functionResponseTypes: ["ReportBatchItemFailures"],
      // As few as there can be: side by side they would only look at the same dates.
      scalingConfig: { maximumConcurrency: 2 },
      ...(start.role.policy === undefined ? {} : { dependsOn: [start.role.policy] }),
    });
    return start;
  }

  private inRange(option: keyof typeof LIMITS, value: number): number {
    const { min, max } = LIMITS[option];
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new ConfigurationError(this, {
        rule: `${option} is a whole number from ${min} to ${max}`,
        received: value,
        remedy: `choose one in the range, or leave it out for ${DEFAULTS[option]}`,
      });
    }
    return value;
  }
}
