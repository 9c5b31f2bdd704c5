import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias";
import { LambdaFunction as AwsLambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import { LambdaProvisionedConcurrencyConfig } from "@cdktf/provider-aws/lib/lambda-provisioned-concurrency-config";
import { Construct } from "constructs";
import { bundledFunction } from "./bundle";
import { ConfigurationError } from "./errors";
import { functionMeasures } from "./function-measures";
import type { AlarmLimits, Concern, Measured, Measures } from "./measures";
import type { FunctionName, Names } from "./naming";
import { type Grantee, type Permission, ServiceRole } from "./service-role";
import { type FileStore, StoredFile } from "./stored-file";
import { wholeNumber } from "./whole-number";

/** What a function is unless its props say otherwise. */
export const FUNCTION_DEFAULTS = Object.freeze({
  /** MB. */
  memoryMb: 512,
  timeoutSeconds: 120,
  concern: "delivery",
  logRetentionDays: 30,
  tracing: true,
  /** How often Lambda tries an event again that failed and that nobody waits for. */
  eventRetries: 2,
  /** Seconds for which it tries. */
  eventAgeSeconds: 21_600,
});

/**
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
 */
const LIMITS = {
  memoryMb: { min: 128, max: 10_240 },
  timeoutSeconds: { min: 1, max: 900 },
  // What is left for the account's other functions is Lambda's to check: it knows the account's limit.
  reserved: { min: 0, max: Number.MAX_SAFE_INTEGER },
  provisioned: { min: 1, max: Number.MAX_SAFE_INTEGER },
  retries: { min: 0, max: 2 },
  ageSeconds: { min: 60, max: 21_600 },
} as const;

/** The alias that callers use where instances are kept warm: they belong to a published version, never to the newest code. */
const LIVE = "live";

/** How many events of a function are worked on at once. */
export interface Concurrency {
  /** Most at once, taken from what the account's functions share; 0 stops the function. Without it, no bound of its own. */
  readonly reserved?: number;
  /** Instances that are kept warm, and paid for by the hour; at most `reserved`. Without it, none. */
  readonly provisioned?: number;
}

/** A place inside a VPC that functions reach the world from. */
export interface NetworkAttachment {
  readonly subnetIds: string[];
  readonly securityGroupIds: string[];
  /** May keep the network interfaces that this takes. */
  grantAttach(role: Grantee): void;
}

/** What signs the code of functions, and has Lambda refuse code that is not signed. */
export interface CodeSigner {
  /** ARN of the code signing configuration. */
  readonly configArn: string;
  /** @returns where the signed code is. */
  sign(scope: Construct, code: StoredFile): { readonly bucket: string; readonly key: string };
}

/** Where an event ends that a function failed on for good. */
export interface FailureDestination {
  readonly arn: string;
  grantSend(role: Grantee): void;
}

/** What all functions of an environment share. */
export interface FunctionSettings {
  /** Days that the log group keeps its events. @default 30 */
  readonly logRetentionDays?: number;
  /** Whether traces go to X-Ray. @default true */
  readonly tracing?: boolean;
  /** Bounds of single functions. */
  readonly concurrency?: Readonly<Partial<Record<FunctionName, Concurrency>>>;
  /** The VPC to run in; without it, functions run in Lambda's own, with the internet in reach. */
  readonly network?: NetworkAttachment;
  /** Signs their code; without it, code is taken as it is uploaded. */
  readonly codeSigner?: CodeSigner;
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
  /** What its alarms are about. @default "delivery" */
  readonly concern?: Concern;
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
export class LambdaFunction extends Construct implements Grantee, Measured {
  /** What to invoke: the function, or its alias where instances are kept warm. */
  readonly functionArn: string;
  readonly functionName: string;
  /** The alias to be named wherever the function is configured to be invoked; undefined where there is none. */
  readonly qualifier: string | undefined;
  readonly role: ServiceRole;
  private readonly names: Names;
  private readonly handler: FunctionName;
  private readonly concern: Concern;

  /** @throws ConfigurationError on memory, timeout or concurrency out of range, or where the handler does not exist. */
  constructor(scope: Construct, id: string, props: LambdaFunctionProps) {
    super(scope, id);
    const { names, functionName, network, codeSigner } = props;
    this.names = names;
    this.handler = functionName;
    this.concern = props.concern ?? FUNCTION_DEFAULTS.concern;
    const memorySize = this.inRange("memoryMb", props.memoryMb ?? FUNCTION_DEFAULTS.memoryMb);
    const timeout = this.inRange("timeoutSeconds", props.timeoutSeconds ?? FUNCTION_DEFAULTS.timeoutSeconds);
    const tracing = props.tracing ?? FUNCTION_DEFAULTS.tracing;
    const { reserved, provisioned } = this.concurrency(props.concurrency?.[functionName]);

    // By way of S3, because Terraform uploads functions from files one after another, 5 seconds each.
    const code = new StoredFile(this, "Code", {
      store: props.store,
      path: `functions/${functionName}.zip`,
      content: bundledFunction(functionName),
    });
    const signed = codeSigner?.sign(this, code);
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
    network?.grantAttach(this.role);

    const lambda = new AwsLambdaFunction(this, "Function", {
      functionName: names.function(functionName),
      description: props.description,
      role: this.role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      ...(signed === undefined
        ? { s3Bucket: code.bucketName, s3Key: code.key, s3ObjectVersion: code.version, sourceCodeHash: code.hash }
        : // Another signing job, another key; what comes out of it has a hash that nobody knows beforehand.
          { s3Bucket: signed.bucket, s3Key: signed.key }),
      ...(codeSigner === undefined ? {} : { codeSigningConfigArn: codeSigner.configArn }),
      memorySize,
      timeout,
      environment: { variables: { LAKE_ENV: names.environment, ...props.environment } },
      tracingConfig: { mode: tracing ? "Active" : "PassThrough" },
      ...(network === undefined
        ? {}
        : { vpcConfig: { subnetIds: network.subnetIds, securityGroupIds: network.securityGroupIds } }),
      ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
      ...(provisioned === undefined ? {} : { publish: true }),
      // Without the group, Lambda makes one itself at the first call that keeps its events for ever; and it tries the role out in a VPC.
      dependsOn: [logs, ...(network === undefined || this.role.policy === undefined ? [] : [this.role.policy])],
    });
    this.functionName = lambda.functionName;
    const alias = provisioned === undefined ? undefined : this.keptWarm(lambda, provisioned);
    this.functionArn = alias?.arn ?? lambda.arn;
    this.qualifier = alias?.name;
  }

  /** Lets the function itself do something. */
  allow(...permissions: Permission[]): void {
    this.role.allow(...permissions);
  }

  measures(limits: AlarmLimits): Measures {
    const { names, handler, functionName, concern } = this;
    return functionMeasures({ names, of: handler, name: functionName, concern }, limits);
  }

  /** May invoke the function, in any version. */
  grantInvoke(role: Grantee): void {
    role.allow({
      sid: `Invoke${this.node.id}`,
      actions: ["lambda:InvokeFunction"],
      resources: [this.functionArn, `${this.functionArn}:*`],
    });
  }

  /**
   * Keeps events that fail for good, of those that nobody waits for. At most once a function.
   *
   * @param retries how often Lambda tries again first, 0–2. @default 2
   * @param ageSeconds seconds for which it tries, 60–21,600. @default 21,600
   * @throws ConfigurationError on either out of range.
   */
  sendFailuresTo(
    destination: FailureDestination,
    retries: number = FUNCTION_DEFAULTS.eventRetries,
    ageSeconds: number = FUNCTION_DEFAULTS.eventAgeSeconds,
  ): void {
    destination.grantSend(this);
    new LambdaFunctionEventInvokeConfig(this, "OnFailure", {
      functionName: this.functionName,
      ...(this.qualifier === undefined ? {} : { qualifier: this.qualifier }),
      maximumRetryAttempts: this.inRange("retries", retries),
      maximumEventAgeInSeconds: this.inRange("ageSeconds", ageSeconds),
      destinationConfig: { onFailure: { destination: destination.arn } },
      // Lambda tries the role out.
      ...(this.role.policy === undefined ? {} : { dependsOn: [this.role.policy] }),
    });
  }

  private concurrency({ reserved, provisioned }: Concurrency = {}): Concurrency {
    if (reserved !== undefined) this.inRange("reserved", reserved);
    if (provisioned !== undefined) this.inRange("provisioned", provisioned);
    if (reserved !== undefined && provisioned !== undefined && provisioned > reserved) {
      throw new ConfigurationError(this, {
        rule: "no more instances of a function are kept warm than may run at once",
        received: { reserved, provisioned },
        remedy: "raise reserved, or lower provisioned",
      });
    }
    return { ...(reserved === undefined ? {} : { reserved }), ...(provisioned === undefined ? {} : { provisioned }) };
  }

  private keptWarm(lambda: AwsLambdaFunction, provisioned: number): LambdaAlias {
    const alias = new LambdaAlias(this, "Live", {
      name: LIVE,
      description: "The version that is kept warm",
      functionName: lambda.functionName,
      functionVersion: lambda.version,
    });
    new LambdaProvisionedConcurrencyConfig(this, "Warm", {
      functionName: lambda.functionName,
      qualifier: alias.name,
      provisionedConcurrentExecutions: provisioned,
    });
    return alias;
  }

  private inRange(option: keyof typeof LIMITS, value: number): number {
    const usual = option === "memoryMb" || option === "timeoutSeconds" ? FUNCTION_DEFAULTS[option] : undefined;
    return wholeNumber(this, `${option} of a function`, value, LIMITS[option], usual);
  }
}
