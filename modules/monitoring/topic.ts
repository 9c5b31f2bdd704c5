import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import type { EncryptionKey } from "../lib/encryption-key";
import { checkedName } from "../lib/naming";
import type { Grantee } from "../lib/service-role";
import { ALARMS_ALONE, checkedEndpoint, type Subscription } from "./subscription";

/** A service of AWS that tells a topic something by itself. */
export interface TopicSource {
  /** What it tells, in PascalCase. */
  readonly of: string;
  /** Its principal, such as `cloudwatch.amazonaws.com`. */
  readonly service: string;
  /** ARNs, with `*`, of what it speaks for; without them, whatever of this account. */
  readonly arns?: readonly string[];
}

export interface TopicProps {
  readonly name: string;
  readonly displayName: string;
  readonly key: EncryptionKey;
  /** Services that publish without a role of ours. */
  readonly sources: readonly TopicSource[];
  /** Who gets its messages. @default [] */
  readonly subscriptions?: readonly Subscription[];
}

/** An encrypted topic that takes messages over TLS alone, from roles that were granted it and from services that are named, for this account. */
export class Topic extends Construct {
  readonly arn: string;
  /** The key that encrypts its messages: whoever publishes needs it. */
  readonly encryptionKeyArn: string;

  /** @throws ConfigurationError on an endpoint that its protocol does not know. */
  constructor(scope: Construct, id: string, { name, displayName, key, sources, subscriptions = [] }: TopicProps) {
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
          ...sources.map(({ of, service, arns = [] }) => ({
            Sid: `Allow${of}`,
            Effect: "Allow",
            Principal: { Service: service },
            Action: "sns:Publish",
            Resource: topic.arn,
            Condition: {
              StringEquals: { "aws:SourceAccount": aws(this).account },
              ...(arns.length === 0 ? {} : { ArnLike: { "aws:SourceArn": arns } }),
            },
          })),
        ],
      }),
    });
    for (const subscription of subscriptions) {
      const endpoint = checkedEndpoint(this, subscription);
      new SnsTopicSubscription(this, endpoint, {
        topicArn: topic.arn,
        protocol: subscription.protocol,
        endpoint,
        ...(subscription.only === "alarms" ? ALARMS_ALONE : {}),
      });
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
