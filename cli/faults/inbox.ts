import { GetTopicAttributesCommand, ListTopicsCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { CliError } from "../lib/errors";
import { clientConfig, type Lake } from "../lib/lake";

/** What people were told. */
export interface Notice {
  /** `notifications` or `qualityAlerts`. */
  readonly topic: string;
  readonly subject: string;
  readonly message: string;
}

/** A subscriber of the topics of runs, as a pager or a mailbox is one. */
export class Inbox {
  private constructor(
    private readonly sqs: SQSClient,
    private readonly queue: string,
    private readonly topics: ReadonlyMap<string, string>,
    private readonly deadLetters: string,
  ) {}

  /**
   * Subscribes to the topics that are there.
   *
   * @throws CliError where one is missing
   */
  static async open({ environment, names, local }: Lake): Promise<Inbox> {
    const config = clientConfig(environment, local);
    const [sns, sqs] = [new SNSClient(config), new SQSClient(config)];
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "fault-suite-inbox" }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
    const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
    const wanted = { notifications: names.notificationsTopic, qualityAlerts: names.qualityAlertsTopic };
    const topics = new Map<string, string>();
    for (const [topic, name] of Object.entries(wanted)) {
      const arn = Topics.find(({ TopicArn = "" }) => TopicArn.endsWith(`:${name}`))?.TopicArn;
      if (arn === undefined) throw new CliError(`There is no topic ${name}.`);
      await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }));
      await sns.send(new SubscribeCommand({ TopicArn: arn, Protocol: "sqs", Endpoint: Attributes?.QueueArn }));
      topics.set(arn, topic);
    }
    const ends = await sqs.send(new GetQueueUrlCommand({ QueueName: names.queue("unclosed-runs") }));
    return new Inbox(sqs, QueueUrl, topics, ends.QueueUrl ?? "");
  }

  /** @returns what has arrived since the last look, oldest first */
  async read(): Promise<Notice[]> {
    const notices: Notice[] = [];
    for (const body of await this.drain(this.queue)) {
      // SNS wraps what is published.
      const { TopicArn, Subject, Message } = JSON.parse(body) as Record<string, string | undefined>;
      const topic = this.topics.get(TopicArn ?? "");
      if (topic !== undefined) notices.push({ topic, subject: Subject ?? "", message: Message ?? "" });
    }
    return notices;
  }

  /** @returns the dead letters about ends of runs since the last look: an alarm stands on their queue */
  readDeadLetters(): Promise<string[]> {
    return this.drain(this.deadLetters);
  }

  private async drain(QueueUrl: string): Promise<string[]> {
    const bodies: string[] = [];
    for (;;) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      if (Messages.length === 0) return bodies;
      for (const { Body = "{}", ReceiptHandle } of Messages) {
        bodies.push(Body);
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }
}
