import type { Construct } from "constructs";
import { EncryptionKey } from "../lib/encryption-key";
import type { TopicSource } from "./topic";

/**
 * The key of the topics. It is the lake's own because the one that AWS manages for SNS shuts services out: what CloudWatch, Budgets and
 * Cost Explorer tell a topic under that key never arrives, and nothing says so.
 *
 * @param sources the services that publish to any of the topics.
 */
export function topicsKey(scope: Construct, sources: readonly TopicSource[]): EncryptionKey {
  return new EncryptionKey(scope, "TopicsKey", {
    description: "Encrypts the messages of the lake's topics",
    classification: "internal",
    allow: ({ account }) =>
      sources.map(({ of, service }) => ({
        Sid: `Allow${of}`,
        Principal: { Service: service },
        Action: ["kms:GenerateDataKey*", "kms:Decrypt"],
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      })),
  });
}
