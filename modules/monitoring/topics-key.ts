import type { Construct } from "constructs";
import { EncryptionKey } from "../lib/encryption-key";

/**
 * The key of the topics. It is the lake's own because the one that AWS manages for SNS shuts CloudWatch out: alarms on a topic
 * under that key never arrive, and nothing says so.
 */
export function topicsKey(scope: Construct): EncryptionKey {
  return new EncryptionKey(scope, "TopicsKey", {
    description: "Encrypts the messages of the lake's topics",
    classification: "internal",
    allow: ({ account }) => [
      {
        Sid: "AllowAlarms",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: ["kms:GenerateDataKey*", "kms:Decrypt"],
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      },
    ],
  });
}
