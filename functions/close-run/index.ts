import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { readSettings } from "../lib/environment";
import { EventReader } from "../lib/event";
import { LakeObjects } from "../lib/lake-objects";
import { createLogger } from "../lib/logger";
import { RunLedger } from "../lib/run-ledger";
import { type CloseRunResult, closeRun } from "./close-run";
import { Executions } from "./executions";

const settings = readSettings("LAKE_ENV", "LAKE_BUCKET", "RUN_LEDGER_TABLE", "NOTIFICATIONS_TOPIC");
const sns = new SNSClient({});
const clients = {
  environment: settings.LAKE_ENV,
  executions: new Executions(),
  runs: new RunLedger(settings.RUN_LEDGER_TABLE),
  objects: new LakeObjects(settings.LAKE_BUCKET),
  now: Date.now,
};

/**
 * Hears that an execution of the state machine is over.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export async function handler(event: unknown): Promise<CloseRunResult> {
  const detail = new EventReader(new EventReader(event).value("detail"));
  const executionArn = detail.text("executionArn");
  const logger = createLogger({ function: "close-run", execution: executionArn });
  return closeRun(executionArn, {
    ...clients,
    logger,
    publish: async ({ subject, message }) => {
      await sns.send(
        new PublishCommand({ TopicArn: settings.NOTIFICATIONS_TOPIC, Subject: subject, Message: message }),
      );
    },
  });
}
