import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { aws } from "./aws";
import type { Measured, Measures } from "./measures";
import type { Names, QueueName } from "./naming";
import { type DeadLetterAdvice, queueMeasures } from "./queue-measures";
import type { Grantee } from "./service-role";
import { dataTags } from "./tags";

/** Seconds that queues keep messages: 14 days, all that SQS gives. */
const RETENTION_SECONDS = 1_209_600;

export interface QueueProps {
  readonly names: Names;
  /** What it holds. */
  readonly of: QueueName;
  /** ARN of the one EventBridge rule that may send to it. */
  readonly rule?: string;
  /** Seconds for which a message that was received is hidden from others; SQS's own 30 where left out. */
  readonly hiddenSeconds?: number;
  /** Where messages go that were received `receives` times and are still here. */
  readonly deadLetters?: { readonly queue: Queue; readonly receives: number };
  /** Of a queue that holds what went wrong: what a message in it means, and what to do. Each then raises an alarm. */
  readonly advice?: DeadLetterAdvice;
}

/**
 * An encrypted queue that takes messages over TLS alone, and keeps them as long as SQS does: what waits here for people can wait over a
 * holiday.
 */
export class Queue extends Construct implements Measured {
  readonly of: QueueName;
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  private readonly advice: DeadLetterAdvice | undefined;

  constructor(scope: Construct, id: string, props: QueueProps) {
    super(scope, id);
    const { names, of, rule, hiddenSeconds, deadLetters, advice } = props;
    this.advice = advice;
    const name = names.queue(of);
    // Put together from the name: a policy inside the queue cannot refer to it, and one of its own takes Terraform half a minute more.
    const arn = aws(this).arn("sqs", name);
    const queue = new SqsQueue(this, "Queue", {
      name,
      messageRetentionSeconds: RETENTION_SECONDS,
      ...(hiddenSeconds === undefined ? {} : { visibilityTimeoutSeconds: hiddenSeconds }),
      sqsManagedSseEnabled: true,
      policy: Fn.jsonencode({ Version: "2012-10-17", Statement: policyOf(arn, rule) }),
      ...(deadLetters === undefined
        ? {}
        : {
            redrivePolicy: Fn.jsonencode({
              deadLetterTargetArn: deadLetters.queue.arn,
              maxReceiveCount: deadLetters.receives,
            }),
          }),
      tags: dataTags({ classification: "internal", source: "all" }),
    });
    this.of = of;
    this.name = queue.name;
    this.arn = queue.arn;
    this.url = queue.url;
  }

  measures(): Measures {
    return queueMeasures({ of: this.of, name: this.name, advice: this.advice });
  }

  /** May send messages. */
  grantSend(role: Grantee): void {
    role.allow({ sid: `SendTo${this.node.id}`, actions: ["sqs:SendMessage"], resources: [this.arn] });
  }

  /** May receive messages and delete them, as an event source mapping does. */
  grantConsume(role: Grantee): void {
    role.allow({
      sid: `Consume${this.node.id}`,
      actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      resources: [this.arn],
    });
  }
}

function policyOf(arn: string, rule: string | undefined) {
  const denyPlainHttp = {
    Sid: "DenyPlainHttp",
    Effect: "Deny",
    Principal: "*",
    Action: "sqs:*",
    Resource: arn,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  if (rule === undefined) return [denyPlainHttp];
  return [
    denyPlainHttp,
    {
      Sid: "AllowRule",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: arn,
      Condition: { ArnEquals: { "aws:SourceArn": rule } },
    },
  ];
}
