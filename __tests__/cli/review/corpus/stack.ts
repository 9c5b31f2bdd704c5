import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule";
import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { SecretsmanagerSecretVersion } from "@cdktf/provider-aws/lib/secretsmanager-secret-version";
import { SfnStateMachine } from "@cdktf/provider-aws/lib/sfn-state-machine";
import { App, TerraformResource, TerraformStack, TerraformVariable } from "cdktf";
import type { IConstruct } from "constructs";
import { environments } from "../../../../envs";
import { aws } from "../../../../modules/lib/aws";
import { EncryptionKey } from "../../../../modules/lib/encryption-key";
import { jsonencode } from "../../../../modules/lib/expression";
import { LedgerTable } from "../../../../modules/lib/ledger-table";
import { SecureBucket } from "../../../../modules/lib/secure-bucket";
import { ServiceRole } from "../../../../modules/lib/service-role";
import { configureTerraform } from "../../../../modules/lib/terraform";
import { PermissionBoundary } from "../../../../modules/security";

/** What plans differ in. */
export interface Choices {
  readonly bucket: string;
  /** Id of the ledger's construct; `none`, there is no ledger. */
  readonly ledger: string;
  readonly isMoved: boolean;
  readonly isForgotten: boolean;
  readonly mayDo: readonly string[];
  /** Objects that may be read; `*`, of every bucket. */
  readonly readers: "bucket" | "*";
  readonly retentionDays: number;
  readonly timeoutSeconds: number;
  readonly startsAt: string;
  readonly secret: string;
  /** Whether the boundary of roles leaves everything open, and the key another account. */
  readonly isOpen: boolean;
}

export const BASE: Choices = {
  bucket: "corpus-lake",
  ledger: "Ledger",
  isMoved: false,
  isForgotten: false,
  mayDo: ["s3:GetObject"],
  readers: "bucket",
  retentionDays: 90,
  timeoutSeconds: 60,
  startsAt: "cron(0 3 * * ? *)",
  secret: "hunter2",
  isOpen: false,
};

/** A stack as cdktf writes it. */
interface Written {
  readonly resource: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Writes the stack of these choices into a folder. */
export function write(folder: string, choices: Choices): void {
  const stack = synthesized(choices);
  // The ledger's address before it was renamed.
  const from = choices.isMoved || choices.isForgotten ? ledgerIn(synthesized(BASE)) : undefined;
  const blocks = {
    ...(choices.isMoved ? { moved: [{ from, to: ledgerIn(stack) }] } : {}),
    ...(choices.isForgotten ? { removed: [{ from, lifecycle: { destroy: false } }] } : {}),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "cdk.tf.json"), JSON.stringify({ ...stack, ...blocks }));
}

function ledgerIn({ resource }: Written): string {
  return `aws_dynamodb_table.${Object.keys(resource.aws_dynamodb_table ?? {})[0]}`;
}

function synthesized(choices: Choices): Written {
  const outdir = mkdtempSync(path.join(tmpdir(), "commerce-lake-corpus-synth-"));
  try {
    const app = new App({ stackTraces: false, outdir });
    build(new TerraformStack(app, "corpus"), choices);
    app.synth();
    return JSON.parse(readFileSync(path.join(outdir, "stacks", "corpus", "cdk.tf.json"), "utf8"));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function build(stack: TerraformStack, choices: Choices): void {
  configureTerraform(stack, "corpus", environments.local);
  const bucket = new SecureBucket(stack, "Lake", {
    bucketName: choices.bucket,
    destroyData: false,
    tags: { classification: "internal", source: "all" },
  });
  if (choices.ledger !== "none") {
    new LedgerTable(stack, choices.ledger, { name: "corpus-ledger", indexes: [], protected: false });
  }
  new CloudwatchLogGroup(stack, "Logs", { name: "/corpus/batch", retentionInDays: choices.retentionDays });
  const role = new ServiceRole(stack, "Batch", {
    name: "corpus-batch",
    description: "Runs the batch",
    service: "states.amazonaws.com",
  });
  role.allow({
    sid: "Objects",
    actions: choices.mayDo,
    resources: choices.readers === "*" ? ["*"] : [`${bucket.bucketArn}/*`],
  });
  const machine = new SfnStateMachine(stack, "Machine", {
    name: "corpus-batch",
    roleArn: role.arn,
    definition: jsonencode({
      StartAt: "Work",
      States: {
        Work: {
          Type: "Task",
          Resource: "arn:aws:states:::sns:publish",
          TimeoutSeconds: choices.timeoutSeconds,
          Next: "Both",
        },
        Both: {
          Type: "Parallel",
          Branches: [{ StartAt: "Left", States: { Left: { Type: "Pass", End: true } } }],
          End: true,
        },
      },
    }),
  });
  new SchedulerSchedule(stack, "Daily", {
    name: "corpus-daily",
    scheduleExpression: choices.startsAt,
    flexibleTimeWindow: { mode: "OFF" },
    target: { arn: machine.arn, roleArn: aws(stack).arn("iam", "role/corpus-batch") },
  });
  const boundary = new PermissionBoundary(stack, "Boundary", { name: "corpus-boundary" });
  const key = new EncryptionKey(stack, "Key", { description: "Encrypts the batch" });
  if (choices.isOpen) {
    rewrite(boundary.node.findChild("Policy"), { Effect: "Allow", Action: "*", Resource: "*" });
    const everything = { Effect: "Allow", Action: "kms:*", Resource: "*" };
    const root = (account: string) => ({ ...everything, Principal: { AWS: `arn:aws:iam::${account}:root` } });
    rewrite(key.node.findChild("Key"), root(aws(stack).account), root("999999999999"));
  }
  const secret = new TerraformVariable(stack, "Password", { type: "string", sensitive: true, default: choices.secret });
  new SecretsmanagerSecretVersion(stack, "Version", {
    secretId: new SecretsmanagerSecret(stack, "Secret", { name: "corpus-secret" }).id,
    secretString: secret.stringValue,
  });
}

/** Gives a resource another policy. */
function rewrite(resource: IConstruct, ...statements: object[]): void {
  if (!TerraformResource.isTerraformResource(resource)) throw new Error(`${resource.node.path} is no resource`);
  resource.addOverride("policy", jsonencode({ Version: "2012-10-17", Statement: statements }));
}
