import { readSettings } from "../lib/environment";
import { InvalidEvent } from "../lib/errors";
import { EventReader } from "../lib/event";
import { FileLedger } from "../lib/file-ledger";
import { bareEtag, LakeObjects } from "../lib/lake-objects";
import { createLogger } from "../lib/logger";
import { Metrics } from "../lib/metrics";
import { isUploadEvent, uploadOf } from "../lib/upload-event";
import { type ValidateFilesResult, validateFiles } from "./validate-files";
import { type ValidateUploadResult, validateUpload } from "./validate-upload";

const settings = readSettings("LAKE_ENV", "LAKE_BUCKET", "FILE_LEDGER_TABLE");
const objects = new LakeObjects(settings.LAKE_BUCKET);
const ledger = new FileLedger(settings.FILE_LEDGER_TABLE);
const metrics = new Metrics(settings.LAKE_ENV);

/** The part of Lambda's context that the function uses. */
interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Validates the files that step 1 of a run lists, or one because it arrived: see docs/architecture.md ("Lambdas", "Uploads"). */
export async function handler(
  event: unknown,
  context: LambdaContext,
): Promise<ValidateFilesResult | ValidateUploadResult> {
  if (isUploadEvent(event)) {
    const upload = uploadOf(event);
    refuseOtherBucket(upload.bucket);
    const logger = createLogger({ function: "validate-file", run: "upload" });
    return validateUpload(upload, { objects, ledger, logger, metrics }, context.getRemainingTimeInMillis());
  }
  const reader = new EventReader(event);
  const request = {
    ...reader.run(),
    dataset: reader.dataset("dataset"),
    bucket: reader.text("bucket"),
    files: reader.list("files").map((file) => ({ key: file.text("key"), etag: bareEtag(file.text("etag")) })),
  };
  refuseOtherBucket(request.bucket);
  const logger = createLogger({
    function: "validate-file",
    step: "ValidateFiles",
    run: request.run,
    date: request.date,
    dataset: request.dataset,
  });
  return validateFiles(request, { objects, ledger, logger, metrics }, () => context.getRemainingTimeInMillis());
}

function refuseOtherBucket(bucket: string): void {
  if (bucket !== settings.LAKE_BUCKET) {
    throw new InvalidEvent(
      `The event's bucket is ${JSON.stringify(bucket)}; this function reads ${settings.LAKE_BUCKET}.`,
    );
  }
}
