import type { Dataset } from "../../contracts";
import type { RunContext } from "../lib/event";
import type { FinalState } from "../lib/file-ledger";
import { sideBySide } from "../lib/side-by-side";
import { type ValidateFileClients, validateKnownFile } from "./validate-file";

export const DEFAULTS = Object.freeze({
  /** Files read side by side: while one waits for S3 or the ledger, another has the processor. */
  atOnce: 8,
});

/** The files to validate, all of one dataset and date. */
export interface ValidateFilesEvent extends RunContext {
  readonly dataset: Dataset;
  readonly bucket: string;
  /** As the listing named them: the objects themselves may be newer. */
  readonly files: readonly { readonly key: string; readonly etag: string }[];
}

/** How many of the files ended in each state. */
export type ValidateFilesResult = Readonly<Record<FinalState, number>>;

/**
 * Validates the files that a run lists. What the ledger knows already costs one look for a hundred files.
 *
 * One file's trouble is not the others': they are validated, and the ledger remembers them, so that the next call has only those
 * to do that are missing.
 *
 * @param remainingMs how long the caller may still run, asked anew for each file: no claim outlives the caller.
 * @throws the first of the errors of `validateFile`, when everything else is done.
 */
export async function validateFiles(
  { files, ...batch }: ValidateFilesEvent,
  clients: ValidateFileClients,
  remainingMs: () => number,
): Promise<ValidateFilesResult> {
  // The console marks a folder by an object with a slash at its end.
  const real = files.filter(({ key }) => !key.endsWith("/"));
  const entries = await clients.ledger.getAll(real.map(({ key }) => key));
  const counts: Record<FinalState, number> = { accepted: 0, duplicate: 0, rejected: 0 };
  const troubles: unknown[] = [];
  await sideBySide(real, DEFAULTS.atOnce, async (file) => {
    try {
      const event = { ...batch, ...file };
      counts[(await validateKnownFile(event, entries.get(file.key), clients, remainingMs())).state] += 1;
    } catch (error) {
      clients.logger.warn("file not validated", { key: file.key, cause: String(error) });
      troubles.push(error);
    }
  });
  clients.logger.info("files validated", { ...counts, troubles: troubles.length });
  if (troubles.length > 0) throw troubles[0];
  return counts;
}
