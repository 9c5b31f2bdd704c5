import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { readSettings } from "../lib/environment";
import { EventReader } from "../lib/event";
import { LakeObjects } from "../lib/lake-objects";
import { createLogger } from "../lib/logger";
import { Metrics } from "../lib/metrics";
import { RunLedger } from "../lib/run-ledger";
import { announce } from "./bus";
import { type CloseRunResult, closeRun } from "./close-run";
import { Executions } from "./executions";
import { JobRuns } from "./job-runs";

const settings = readSettings(
  "LAKE_ENV",
  "LAKE_BUCKET",
  "RUN_LEDGER_TABLE",
  "NOTIFICATIONS_TOPIC",
  "EVENT_BUS",
  "CODE_VERSION",
);
const sns = new SNSClient({});
const events = new EventBridgeClient({});
const clients = {
  environment: settings.LAKE_ENV,
  executions: new Executions(),
  jobs: new JobRuns(),
  codeVersion: settings.CODE_VERSION,
  runs: new RunLedger(settings.RUN_LEDGER_TABLE),
  objects: new LakeObjects(settings.LAKE_BUCKET),
  now: Date.now,
  metrics: new Metrics(settings.LAKE_ENV),
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
    announce: (announcement, resource) => announce(events, settings.EVENT_BUS, announcement, resource),
    publish: async ({ subject, message }) => {
      await sns.send(
        new PublishCommand({ TopicArn: settings.NOTIFICATIONS_TOPIC, Subject: subject, Message: message }),
      );
    },
  });
}
