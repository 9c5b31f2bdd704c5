import { InvalidEvent } from "../lib/errors";
import type { Logger } from "../lib/logger";
import { uploadOf } from "../lib/upload-event";
import type { UploadMessage } from "./start-pipeline";

/**
 * Reads what SQS hands over: each message's body is an event of S3.
 *
 * @param bucket whose events they are.
 * @returns the uploads, and the ids of messages that hold none: those come back until they are dead letters, for people to look at.
 * @throws InvalidEvent where it is no batch of SQS at all.
 */
export function readMessages(
  event: unknown,
  bucket: string,
  logger: Logger,
): { messages: UploadMessage[]; unreadable: string[] } {
  const messages: UploadMessage[] = [];
  const unreadable: string[] = [];
  for (const { messageId, body } of recordsOf(event)) {
    try {
      const upload = uploadOf(JSON.parse(body));
      if (upload.bucket !== bucket) throw new InvalidEvent(`The upload is to the bucket ${upload.bucket}.`);
      messages.push({ messageId, upload });
    } catch (error) {
      logger.error("message is no upload", { messageId, cause: String(error) });
      unreadable.push(messageId);
    }
  }
  return { messages, unreadable };
}

function recordsOf(event: unknown): { messageId: string; body: string }[] {
  const records: unknown =
    typeof event === "object" && event !== null && "Records" in event ? event.Records : undefined;
  if (!Array.isArray(records)) throw new InvalidEvent("The event is no batch of SQS: it has no Records.");
  return records.map((record: unknown) => {
    const { messageId, body } = Object(record);
    if (typeof messageId !== "string" || typeof body !== "string") {
      throw new InvalidEvent("The event is no batch of SQS: a record lacks messageId or body.");
    }
    return { messageId, body };
  });
}
