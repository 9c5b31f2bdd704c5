import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { SecretsmanagerSecretRotation } from "@cdktf/provider-aws/lib/secretsmanager-secret-rotation";
import { Construct } from "constructs";
import { type FunctionSettings, LambdaFunction } from "../lib/lambda-function";
import type { Names } from "../lib/naming";
import type { FileStore } from "../lib/stored-file";
import { wholeNumber } from "../lib/whole-number";
import type { PiiKey } from "./pii-key";

export interface PiiKeyRotationProps {
  readonly names: Names;
  readonly piiKey: PiiKey;
  /** Where the code of its function is kept. */
  readonly store: FileStore;
  readonly functions?: FunctionSettings;
  /** Days between two keys, 1–1,000. */
  readonly days: number;
}

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html */
const DAYS = { min: 1, max: 1_000 };
/** Seconds: a few calls to Secrets Manager. */
const TIMEOUT_SECONDS = 30;

/**
 * A new key of the pseudonyms every so many days. **Every pseudonym changes with it**: the next merge makes the curated tables anew, and what
 * was exported before cannot be joined any more.
 *
 * @example
 * new PiiKeyRotation(this, "PiiKeyRotation", { names, piiKey, store: lake.artifacts, days: 365 });
 */
export class PiiKeyRotation extends Construct {
  readonly rotator: LambdaFunction;

  /** @throws ConfigurationError on days out of range. */
  constructor(scope: Construct, id: string, props: PiiKeyRotationProps) {
    super(scope, id);
    const { names, piiKey, store, functions = {} } = props;
    const automaticallyAfterDays = wholeNumber(this, "days between two keys", props.days, DAYS);
    this.rotator = new LambdaFunction(this, "Rotator", {
      ...functions,
      names,
      store,
      functionName: "rotate-pii-key",
      description: "Has a new key of the pseudonyms made and puts it in the old one's place",
      environment: {},
      timeoutSeconds: TIMEOUT_SECONDS,
    });
    this.rotator.allow(
      {
        sid: "RotateKey",
        actions: [
          "secretsmanager:DescribeSecret",
          "secretsmanager:GetSecretValue",
          "secretsmanager:PutSecretValue",
          "secretsmanager:UpdateSecretVersionStage",
        ],
        resources: [piiKey.secretArn],
      },
      // Random characters are no resource.
      { sid: "MakeKey", actions: ["secretsmanager:GetRandomPassword"], resources: ["*"] },
    );
    const permission = new LambdaPermission(this, "AllowSecretsManager", {
      statementId: "AllowSecretsManager",
      functionName: this.rotator.functionName,
      ...(this.rotator.qualifier === undefined ? {} : { qualifier: this.rotator.qualifier }),
      action: "lambda:InvokeFunction",
      principal: "secretsmanager.amazonaws.com",
      sourceArn: piiKey.secretArn,
    });
    new SecretsmanagerSecretRotation(this, "Rotation", {
      secretId: piiKey.secretArn,
      rotationLambdaArn: this.rotator.functionArn,
      // The key that was just made is as good as another.
      rotateImmediately: false,
      rotationRules: { automaticallyAfterDays },
      dependsOn: [permission],
    });
  }
}
