import { readSettings } from "../lib/environment";
import { InvalidEvent } from "../lib/errors";
import { EventReader } from "../lib/event";
import { FileLedger } from "../lib/file-ledger";
import { LakeObjects } from "../lib/lake-objects";
import { createLogger } from "../lib/logger";
import { type BuildManifestResult, buildManifest, type ResumedManifest, resumeManifest } from "./build-manifest";

const settings = readSettings("LAKE_BUCKET", "FILE_LEDGER_TABLE");
const bucket = settings.LAKE_BUCKET;
const objects = new LakeObjects(bucket);
const ledger = new FileLedger(settings.FILE_LEDGER_TABLE);

/** The end of step 1 of a run: see docs/architecture.md ("Lambdas"). */
export async function handler(event: unknown): Promise<BuildManifestResult | ResumedManifest> {
  const reader = new EventReader(event);
  const run = reader.run();
  const logger = createLogger({ function: "build-manifest", step: "ValidateFiles", run: run.run, date: run.date });
  if (reader.value("resume") === true) return resumeManifest(run, { objects, logger });
  const request = {
    ...run,
    datasets: reader.datasets("datasets"),
    quietSeconds: secondsOf(reader.value("quietSeconds") ?? 0),
  };
  return buildManifest(request, { bucket, objects, ledger, logger });
}

function secondsOf(value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  throw new InvalidEvent(`The event's "quietSeconds" is no number of seconds but ${JSON.stringify(value)}.`);
}
