import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { Aspects, type IAspect, TerraformStack } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { EncryptionKey } from "../lib/encryption-key";

export interface LogsKeyProps {
  /** Alias, without `alias/`. */
  readonly alias: string;
  /** Names of the CloudTrail trails that it encrypts. */
  readonly trails: readonly string[];
}

/**
 * The key of what is logged: of every log group in the stack, whichever module makes it, of trails, and of what Glue keeps beside a
 * job's data. Who may read a log group reads it as before: CloudWatch Logs decrypts.
 *
 * @example
 * const key = new LogsKey(this, "LogsKey", { alias: names.keyAlias("logs"), trails: [names.trail] });
 */
export class LogsKey extends EncryptionKey {
  constructor(scope: Construct, id: string, { alias, trails }: LogsKeyProps) {
    super(scope, id, {
      alias,
      description: "Encrypts what the lake logs",
      classification: "confidential",
      allow: ({ partition, region, account, arn }) => [
        {
          Sid: "AllowLogGroups",
          Principal: { Service: `logs.${region}.amazonaws.com` },
          Action: [
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:DescribeKey",
          ],
          Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": arn("logs", "log-group:*") } },
        },
        ...(trails.length === 0
          ? []
          : [
              {
                Sid: "AllowTrails",
                Principal: { Service: "cloudtrail.amazonaws.com" },
                Action: ["kms:GenerateDataKey", "kms:DescribeKey"],
                Condition: {
                  StringEquals: { "aws:SourceArn": trails.map((trail) => arn("cloudtrail", `trail/${trail}`)) },
                  StringLike: {
                    "kms:EncryptionContext:aws:cloudtrail:arn": `arn:${partition}:cloudtrail:*:${account}:trail/*`,
                  },
                },
              },
            ]),
      ],
    });
    Aspects.of(TerraformStack.of(this)).add(new EncryptLogGroups(this.keyArn));
  }
}

/** Encrypts log groups that have no key of their own. */
class EncryptLogGroups implements IAspect {
  constructor(private readonly keyArn: string) {}

  visit(node: IConstruct): void {
    if (node instanceof CloudwatchLogGroup && node.kmsKeyIdInput === undefined) node.kmsKeyId = this.keyArn;
  }
}
