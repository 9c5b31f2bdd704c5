import { readSettings } from "../lib/environment";
import { InvalidEvent } from "../lib/errors";
import { EventReader } from "../lib/event";
import { LakeObjects } from "../lib/lake-objects";
import { createLogger } from "../lib/logger";
import { Metrics } from "../lib/metrics";
import { RunLedger } from "../lib/run-ledger";
import { type SummarizeRunResult, summarizeRun } from "./summarize-run";

const settings = readSettings("LAKE_ENV", "LAKE_BUCKET", "RUN_LEDGER_TABLE");
const clients = {
  environment: settings.LAKE_ENV,
  objects: new LakeObjects(settings.LAKE_BUCKET),
  runs: new RunLedger(settings.RUN_LEDGER_TABLE),
  now: Date.now,
  metrics: new Metrics(settings.LAKE_ENV),
};

/** Step 7 of a run, whatever its end: see docs/architecture.md ("Lambdas"). */
export async function handler(event: unknown): Promise<SummarizeRunResult> {
  const reader = new EventReader(event);
  const status = reader.text("status");
  if (status !== "SUCCEEDED" && status !== "PARTIAL" && status !== "FAILED") {
    throw new InvalidEvent(
      `The event's "status" is ${JSON.stringify(status)}; SUCCEEDED, PARTIAL or FAILED is expected.`,
    );
  }
  const trigger = reader.optionalText("trigger");
  const request = {
    ...reader.run(),
    status,
    ...(trigger === undefined ? {} : { trigger }),
    quality: reader.value("quality"),
    tables: reader.value("tables"),
    error: reader.value("error"),
    failures: reader.value("failures"),
  } as const;
  const logger = createLogger({
    function: "summarize-run",
    step: "SendNotification",
    run: request.run,
    date: request.date,
  });
  return summarizeRun(request, { ...clients, logger });
}
