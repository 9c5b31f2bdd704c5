import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { LambdaFunction as AwsLambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { Construct } from "constructs";
import { bundledFunction } from "./bundle";
import { ConfigurationError } from "./errors";
import type { FunctionName, Names } from "./naming";
import { type Grantee, type Permission, ServiceRole } from "./service-role";
import { type FileStore, StoredFile } from "./stored-file";

/** What a function is unless its props say otherwise. */
export const FUNCTION_DEFAULTS = Object.freeze({
  /** MB. */
  memoryMb: 512,
  timeoutSeconds: 120,
  logRetentionDays: 30,
  tracing: true,
});

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LIMITS = { memoryMb: { min: 128, max: 10_240 }, timeoutSeconds: { min: 1, max: 900 } } as const;

/** What all functions of an environment share. */
export interface FunctionSettings {
  /** Days that the log group keeps its events. @default 30 */
  readonly logRetentionDays?: number;
  /** Whether traces go to X-Ray. @default true */
  readonly tracing?: boolean;
}

export interface LambdaFunctionProps extends FunctionSettings {
  readonly names: Names;
  /** Where its code is kept. */
  readonly store: FileStore;
  /** Folder of the handler in `functions/`. */
  readonly functionName: FunctionName;
  readonly description: string;
  /** Environment variables beside `LAKE_ENV`. */
  readonly environment: Readonly<Record<string, string>>;
  /** MB, 128–10,240; CPU grows with it. @default 512 */
  readonly memoryMb?: number;
  /** Seconds, 1–900. @default 120 */
  readonly timeoutSeconds?: number;
}

/**
 * A Lambda function of `functions/`: bundled at synthesis, on arm64, with a log group that forgets, and a role that may write
 * there and whatever it is granted.
 *
 * @example
 * const validate = new LambdaFunction(this, "ValidateFile", { names, functionName: "validate-file", … });
 * lake.zones.raw.grantRead(validate);
 * validate.grantInvoke(stateMachineRole);
 */
export class LambdaFunction extends Construct implements Grantee {
  readonly functionArn: string;
  readonly functionName: string;
  readonly role: ServiceRole;

  /** @throws ConfigurationError on memory or timeout out of range, or where the handler does not exist. */
  constructor(scope: Construct, id: string, props: LambdaFunctionProps) {
    super(scope, id);
    const { names, functionName } = props;
    const memorySize = this.inRange("memoryMb", props.memoryMb ?? FUNCTION_DEFAULTS.memoryMb);
    const timeout = this.inRange("timeoutSeconds", props.timeoutSeconds ?? FUNCTION_DEFAULTS.timeoutSeconds);
    const tracing = props.tracing ?? FUNCTION_DEFAULTS.tracing;

    // By way of S3, because Terraform uploads functions from files one after another, 5 seconds each.
    const code = new StoredFile(this, "Code", {
      store: props.store,
      path: `functions/${functionName}.zip`,
      content: bundledFunction(functionName),
    });
    const logs = new CloudwatchLogGroup(this, "Logs", {
      name: names.logGroups.function(functionName),
      retentionInDays: props.logRetentionDays ?? FUNCTION_DEFAULTS.logRetentionDays,
    });
    this.role = new ServiceRole(this, "Role", {
      name: names.role(functionName),
      service: "lambda.amazonaws.com",
      description: `What the function ${functionName} may do`,
    });
    this.role.allow({
      sid: "WriteLogs",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [`${logs.arn}:*`],
    });
    if (tracing) {
      this.role.allow({
        sid: "SendTraces",
        actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        resources: ["*"], // X-Ray knows no resources for these
      });
    }

    const lambda = new AwsLambdaFunction(this, "Function", {
      functionName: names.function(functionName),
      description: props.description,
      role: this.role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      s3Bucket: code.bucketName,
      s3Key: code.key,
      s3ObjectVersion: code.version,
      sourceCodeHash: code.hash,
      memorySize,
      timeout,
      environment: { variables: { LAKE_ENV: names.environment, ...props.environment } },
      tracingConfig: { mode: tracing ? "Active" : "PassThrough" },
      // Without this, Lambda makes the group itself at the first call, one that keeps its events for ever.
      dependsOn: [logs],
    });
    this.functionArn = lambda.arn;
    this.functionName = lambda.functionName;
  }

  /** Lets the function itself do something. */
  allow(...permissions: Permission[]): void {
    this.role.allow(...permissions);
  }

  /** May invoke the function, in any version. */
  grantInvoke(role: Grantee): void {
    role.allow({
      sid: `Invoke${this.node.id}`,
      actions: ["lambda:InvokeFunction"],
      resources: [this.functionArn, `${this.functionArn}:*`],
    });
  }

  private inRange(option: keyof typeof LIMITS, value: number): number {
    const { min, max } = LIMITS[option];
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new ConfigurationError(this, {
        rule: `${option} of a function is a whole number from ${min} to ${max}`,
        received: value,
        remedy: `choose one in the range, or leave it out for ${FUNCTION_DEFAULTS[option]}`,
      });
    }
    return value;
  }
}
