import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Announcement } from "./announcement";

/** Source of every event that the lake sends. */
const SOURCE = "commerce-lake";

/**
 * Puts an event on the lake's bus.
 *
 * @param resource ARN of the execution that it is about.
 * @throws Error where EventBridge does not take it.
 */
export async function announce(
  client: EventBridgeClient,
  bus: string,
  { detailType, detail }: Announcement,
  resource: string,
): Promise<void> {
  const { Entries = [] } = await client.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: bus,
          Source: SOURCE,
          DetailType: detailType,
          Detail: JSON.stringify(detail),
          Resources: [resource],
        },
      ],
    }),
  );
  // EventBridge answers 200 to what it does not take.
  const refused = Entries.find(({ ErrorCode }) => ErrorCode !== undefined);
  if (refused !== undefined)
    throw new Error(`The bus ${bus} refused ${detailType}: ${refused.ErrorCode} ${refused.ErrorMessage}`);
}
