import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import type { EncryptionKey } from "../lib/encryption-key";
import { ConfigurationError } from "../lib/errors";
import { checkedName } from "../lib/naming";
import type { Grantee } from "../lib/service-role";

export interface TopicProps {
  readonly name: string;
  readonly displayName: string;
  readonly key: EncryptionKey;
  /** Who gets its messages; each address confirms once. @default [] */
  readonly emails?: readonly string[];
}

/** An encrypted topic that takes messages over TLS alone, from this account's roles and CloudWatch alarms. */
export class Topic extends Construct {
  readonly arn: string;
  /** The key that encrypts its messages: whoever publishes needs it. */
  readonly encryptionKeyArn: string;

  /** @throws ConfigurationError on something that is no e-mail address. */
  constructor(scope: Construct, id: string, { name, displayName, key, emails = [] }: TopicProps) {
    super(scope, id);
    const topic = new SnsTopic(this, "Topic", {
      name: checkedName("topic", name),
      displayName,
      kmsMasterKeyId: key.keyId,
    });
    new SnsTopicPolicy(this, "Policy", {
      arn: topic.arn,
      policy: Fn.jsonencode({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "DenyPlainHttp",
            Effect: "Deny",
            Principal: "*",
            Action: "sns:Publish",
            Resource: topic.arn,
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
          {
            Sid: "AllowAlarms",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Resource: topic.arn,
            Condition: { StringEquals: { "aws:SourceAccount": aws(this).account } },
          },
        ],
      }),
    });
    for (const email of emails) {
      if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
        throw new ConfigurationError(this, {
          rule: "alerts go to e-mail addresses",
          received: email,
          remedy: "write it like team@example.com",
        });
      }
      new SnsTopicSubscription(this, email, { topicArn: topic.arn, protocol: "email", endpoint: email });
    }
    this.arn = topic.arn;
    this.encryptionKeyArn = key.keyArn;
  }

  /** May publish, encryption included. */
  grantPublish(role: Grantee): void {
    role.allow(
      { sid: `Publish${this.node.id}`, actions: ["sns:Publish"], resources: [this.arn] },
      {
        sid: "EncryptMessages",
        actions: ["kms:GenerateDataKey", "kms:Decrypt"],
        resources: [this.encryptionKeyArn],
      },
    );
  }
}
