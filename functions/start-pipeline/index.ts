import { readSettings } from "../lib/environment";
import { Executions } from "../lib/executions";
import { FileLedger } from "../lib/file-ledger";
import { LakeObjects } from "../lib/lake-objects";
import { createLogger } from "../lib/logger";
import { RunLedger } from "../lib/run-ledger";
import { readMessages } from "./messages";
import { startPipeline } from "./start-pipeline";

const settings = readSettings("LAKE_BUCKET", "FILE_LEDGER_TABLE", "RUN_LEDGER_TABLE", "STATE_MACHINE_ARN");
const clients = {
  files: new FileLedger(settings.FILE_LEDGER_TABLE),
  runs: new RunLedger(settings.RUN_LEDGER_TABLE),
  objects: new LakeObjects(settings.LAKE_BUCKET),
  executions: new Executions(settings.STATE_MACHINE_ARN),
  logger: createLogger({ function: "start-pipeline" }),
};

/**
 * Takes a batch of uploads from the queue; the messages that it names come back later.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export async function handler(
  event: unknown,
): Promise<{ batchItemFailures: readonly { readonly itemIdentifier: string }[] }> {
  const { messages, unreadable } = readMessages(event, settings.LAKE_BUCKET, clients.logger);
  const { waiting } = await startPipeline(messages, clients);
  return { batchItemFailures: [...unreadable, ...waiting].map((itemIdentifier) => ({ itemIdentifier })) };
}
