import type { FileFacts } from "../lib/file-ledger";
import { placeOf, type Upload } from "../lib/upload-event";
import { DECIDED, type ValidateFileClients, type ValidateFileResult, validateFile } from "./validate-file";

/** What the ledger calls the run of a file that was validated because it arrived. */
const RUN = "upload";

/** The check that a misplaced file did not pass. */
const VALIDATOR = "1/place";

const NOTHING_READ: FileFacts = {
  compression: "none",
  bom: false,
  columns: [],
  unknownColumns: [],
  rows: 0,
  badRows: 0,
  splits: [],
  badRules: {},
};

export type ValidateUploadResult =
  | ValidateFileResult
  | { readonly key: string; readonly state: "ignored" | "rejected"; readonly reason: string };

/**
 * Validates an object because it arrived, so that whoever sent it finds the verdict in the ledger within seconds. What lies
 * where no dataset's files lie is rejected there, too: nobody else would ever say so.
 *
 * @param remainingMs as for `validateFile`, whose errors it throws.
 */
export async function validateUpload(
  upload: Upload,
  clients: ValidateFileClients,
  remainingMs: number,
): Promise<ValidateUploadResult> {
  const { time, ...object } = upload;
  const { key } = object;
  const place = placeOf(key);
  if (place.kind === "folder") return { key, state: "ignored", reason: "It marks a folder." };
  if (place.kind === "file") {
    const { dataset, date } = place;
    // Now, as everywhere, is when the batch began: for an upload, when it arrived.
    return validateFile({ ...object, dataset, date, run: RUN, processingTime: time }, clients, remainingMs);
  }
  const { dataset, date, reason } = place;
  const options = { run: RUN, validator: VALIDATOR, leaseMs: remainingMs };
  const claimed = await clients.ledger.claim({ ...object, dataset, date }, options);
  if ("claim" in claimed) {
    await clients.ledger.reject(claimed.claim, NOTHING_READ, reason);
    clients.metrics.ofEnvironment(DECIDED.rejected); // of a dataset that there may not be
  }
  return { key, state: "rejected", reason };
}
