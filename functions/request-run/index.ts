import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { readSettings } from "../lib/environment";
import { Executions } from "../lib/executions";
import { createLogger } from "../lib/logger";
import { type RequestRunResult, requestRun } from "./request-run";

const settings = readSettings("STATE_MACHINE_ARN", "REFUSED_QUEUE_URL");
const executions = new Executions(settings.STATE_MACHINE_ARN);
const sqs = new SQSClient({});

/** Hears what is put on the lake's bus: see docs/architecture.md ("Events"). */
export async function handler(event: unknown): Promise<RequestRunResult> {
  return requestRun(event, { executions, refuse, logger: createLogger({ function: "request-run" }) });
}

/** As EventBridge writes its own dead letters: the event as it was, and what was wrong in attributes. */
async function refuse(event: unknown, reason: string): Promise<void> {
  const text = (StringValue: string) => ({ DataType: "String", StringValue });
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: settings.REFUSED_QUEUE_URL,
      MessageBody: JSON.stringify(event),
      MessageAttributes: { ERROR_CODE: text("InvalidEvent"), ERROR_MESSAGE: text(reason) },
    }),
  );
}
