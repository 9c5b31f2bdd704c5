import { readSettings } from "../lib/environment";
import { InvalidEvent } from "../lib/errors";
import { EventReader } from "../lib/event";
import { FileLedger } from "../lib/file-ledger";
import { bareEtag, LakeObjects } from "../lib/lake-objects";
import { createLogger } from "../lib/logger";
import { type ValidateFileResult, validateFile } from "./validate-file";

const settings = readSettings("LAKE_BUCKET", "FILE_LEDGER_TABLE");
const objects = new LakeObjects(settings.LAKE_BUCKET);
const ledger = new FileLedger(settings.FILE_LEDGER_TABLE);

/** The part of Lambda's context that the function uses. */
interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Step 1 of a run, for one file: see docs/architecture.md ("Lambdas"). */
export async function handler(event: unknown, context: LambdaContext): Promise<ValidateFileResult> {
  const reader = new EventReader(event);
  const request = {
    ...reader.run(),
    dataset: reader.dataset("dataset"),
    bucket: reader.text("bucket"),
    key: reader.text("key"),
    etag: bareEtag(reader.text("etag")),
  };
  if (request.bucket !== settings.LAKE_BUCKET) {
    throw new InvalidEvent(
      `The event's bucket is ${JSON.stringify(request.bucket)}; this function reads ${settings.LAKE_BUCKET}.`,
    );
  }
  const logger = createLogger({ function: "validate-file", run: request.run, date: request.date });
  return validateFile(request, { objects, ledger, logger }, context.getRemainingTimeInMillis());
}
