import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import { accountDecides } from "../lib/key-policy";

/**
 * The key of the topics. It is the lake's own because the one that AWS manages for SNS shuts CloudWatch out: alarms on a topic
 * under that key never arrive, and nothing says so.
 */
export class TopicsKey extends Construct {
  readonly keyId: string;
  readonly keyArn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { account } = aws(this);
    const key = new KmsKey(this, "Key", {
      description: "Encrypts the messages of the lake's topics",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: Fn.jsonencode({
        Version: "2012-10-17",
        Statement: [
          accountDecides(this),
          {
            Sid: "AllowAlarms",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: ["kms:GenerateDataKey*", "kms:Decrypt"],
            Resource: "*",
            Condition: { StringEquals: { "aws:SourceAccount": account } },
          },
        ],
      }),
    });
    this.keyId = key.keyId;
    this.keyArn = key.arn;
  }
}
