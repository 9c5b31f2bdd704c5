import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { isUploadEvent, type Upload, uploadOf } from "../../functions/lib/upload-event";
import { DEAD_LETTER_QUEUES, type QueueName } from "../../modules/lib/naming";
import { EXIT } from "../lib/errors";
import { interrupt } from "../lib/interrupt";
import { clientConfig, findLake, type Lake } from "../lib/lake";
import { count } from "../lib/table";

export interface RedriveUploadsOptions {
  readonly env: string;
  /** Only show what is there. */
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** A message that was found. */
interface FoundMessage {
  readonly queue: QueueName;
  readonly message: string;
  /** Undefined where it holds no upload. */
  readonly key: string | undefined;
  readonly sent: boolean;
}

/** Seconds for which a message is hidden while it is looked at. */
const HIDDEN_SECONDS = 60;
/** Most messages that SQS gives at once. */
const BATCH = 10;

/**
 * `pipeline redrive-uploads`: sends dead letters on their way again, each through validation and to the queue of uploads. Both know what
 * they have done already, so nothing is done twice.
 *
 * @returns the exit code: 0 only where every message could be read
 */
export async function redriveUploads({ env, dryRun, json }: RedriveUploadsOptions): Promise<number> {
  const lake = await findLake(env);
  const redrive = new Redrive(lake, dryRun, json);
  try {
    for (const queue of DEAD_LETTER_QUEUES) await redrive.queue(queue);
  } finally {
    await redrive.letGo();
  }
  const { messages } = redrive;
  if (json) console.log(JSON.stringify(messages, null, 2));
  else if (messages.length === 0) console.log(`  There are no dead letters in ${env}.`);
  else if (dryRun) console.log(`\n  ${count(messages.length)} found. Without --dry-run they are sent again.`);
  else console.log(`\n  ${count(messages.filter(({ sent }) => sent).length)} sent again.`);
  const unreadable = messages.filter(({ key }) => key === undefined).length;
  if (unreadable > 0 && !json) console.log(`  ${count(unreadable)} hold no upload, and stay where they are.`);
  return unreadable === 0 ? EXIT.ok : EXIT.failed;
}

class Redrive {
  readonly messages: FoundMessage[] = [];
  /** Messages that stay where they are. */
  private readonly kept: { QueueUrl: string; ReceiptHandle: string | undefined }[] = [];
  private readonly sqs: SQSClient;
  private readonly lambda: LambdaClient;

  constructor(
    private readonly lake: Lake,
    private readonly dryRun: boolean,
    private readonly quiet: boolean,
  ) {
    const config = clientConfig(lake.environment, lake.local);
    this.sqs = new SQSClient(config);
    this.lambda = new LambdaClient(config);
  }

  /** Shows the messages that stay to whoever looks next, rather than when they were hidden long enough. */
  async letGo(): Promise<void> {
    for (const message of this.kept) {
      await this.sqs.send(new ChangeMessageVisibilityCommand({ ...message, VisibilityTimeout: 0 }));
    }
  }

  async queue(of: QueueName): Promise<void> {
    const url = await this.urlOf(of);
    // A message comes back when it was hidden long enough: each is taken once.
    const seen = new Set<string>();
    for (;;) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: BATCH,
          VisibilityTimeout: HIDDEN_SECONDS,
          WaitTimeSeconds: 1,
        }),
      );
      const fresh = Messages.filter(({ MessageId = "" }) => !seen.has(MessageId));
      if (fresh.length === 0) return;
      for (const message of fresh) {
        interrupt.throwIfAborted();
        seen.add(message.MessageId ?? "");
        await this.message(of, url, message);
      }
    }
  }

  private async message(
    of: QueueName,
    url: string,
    { MessageId = "", Body = "", ReceiptHandle }: Message,
  ): Promise<void> {
    const event = eventIn(Body);
    const upload = readUpload(event);
    if (upload === undefined) {
      this.kept.push({ QueueUrl: url, ReceiptHandle });
      this.tell({ queue: of, message: MessageId, key: undefined, sent: false }, "holds no upload");
      return;
    }
    this.tell({ queue: of, message: MessageId, key: upload.key, sent: !this.dryRun }, upload.time);
    if (this.dryRun) {
      this.kept.push({ QueueUrl: url, ReceiptHandle });
      return;
    }
    const payload = JSON.stringify(event);
    const { names } = this.lake;
    await this.lambda.send(
      new InvokeCommand({ FunctionName: names.function("validate-file"), InvocationType: "Event", Payload: payload }),
    );
    await this.sqs.send(new SendMessageCommand({ QueueUrl: await this.urlOf("uploads"), MessageBody: payload }));
    // Last: should this command be stopped before, the message is sent twice, which does no harm.
    await this.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
  }

  private tell(found: FoundMessage, about: string): void {
    this.messages.push(found);
    const what = found.key === undefined ? `message ${found.message}` : JSON.stringify(found.key);
    if (!this.quiet) console.log(`  ${found.queue}  ${about}  ${what}`);
  }

  private async urlOf(queue: QueueName): Promise<string> {
    const { QueueUrl = "" } = await this.sqs.send(new GetQueueUrlCommand({ QueueName: this.lake.names.queue(queue) }));
    return QueueUrl;
  }
}

/**
 * The event of S3 in a dead letter: as it is, from a rule or a queue; or in the record that Lambda writes of an invocation that
 * failed.
 */
export function eventIn(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body);
    const isRecord = typeof value === "object" && value !== null && "requestPayload" in value;
    return isRecord ? value.requestPayload : value;
  } catch {
    return undefined;
  }
}

function readUpload(event: unknown): Upload | undefined {
  try {
    return isUploadEvent(event) ? uploadOf(event) : undefined;
  } catch {
    return undefined;
  }
}
