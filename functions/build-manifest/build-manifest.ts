import { DATASETS, type Dataset } from "../../contracts";
import { ManifestIncomplete, ManifestMissing } from "../lib/errors";
import type { RunContext } from "../lib/event";
import type { FileLedger, LedgerEntry } from "../lib/file-ledger";
import { readJobReport } from "../lib/job-report";
import type { LakeObjects, ListedObject } from "../lib/lake-objects";
import { rawPrefix, runKey } from "../lib/lake-paths";
import type { Logger } from "../lib/logger";
import { countFiles, type ExcludedFile, type FileCounts, type Manifest, type ManifestFile } from "../lib/manifest";

const LATE = "It came or changed while the run was validating files: the next run of the date reads it.";

export interface BuildManifestEvent extends RunContext {
  readonly datasets: readonly Dataset[];
  /** Seconds for which nothing may have arrived for the date to count as complete; 0 where the run waits for nothing. */
  readonly quietSeconds: number;
}

export interface BuildManifestResult {
  readonly manifest: string;
  /** Datasets with at least one accepted file. */
  readonly withFiles: readonly Dataset[];
  readonly datasets: Readonly<Record<Dataset, FileCounts>>;
  /** Whether all that lies there is read, and nothing arrived lately. Where it is not, validating and listing again may find more. */
  readonly settled: boolean;
}

/** What a run that is redriven has already. */
export interface ResumedManifest extends BuildManifestResult {
  /** Datasets whose job has left its report. */
  readonly done: readonly Dataset[];
}

export interface BuildManifestClients {
  readonly bucket: string;
  readonly objects: LakeObjects;
  readonly ledger: FileLedger;
  readonly logger: Logger;
  readonly now?: () => number;
}

/**
 * Writes down what the run reads: of the files that lie in the raw zone now, those that the ledger accepted. The same files give the
 * same manifest, so a repeated call does no harm.
 *
 * A file that has not been validated as it is now came too late: the run goes on without it, however many more come meanwhile, and
 * its upload starts the next one.
 *
 * @throws ManifestIncomplete where the ledger accepted a file and does not say what it found, or knows nothing of one that was there
 *   before the run began: every one of those was given to the validator, so it has not done its work.
 */
export async function buildManifest(
  event: BuildManifestEvent,
  { bucket, objects, ledger, logger, now = Date.now }: BuildManifestClients,
): Promise<BuildManifestResult> {
  const { run, date, processingTime, quietSeconds } = event;
  let newest = 0;
  const datasets: Manifest["datasets"] = Object.fromEntries(
    await Promise.all(
      event.datasets.map(async (dataset) => {
        const files = await listFiles(objects, rawPrefix(dataset, date));
        newest = files.reduce((latest, { writtenAt }) => Math.max(latest, writtenAt), newest);
        const entries = await ledger.getAll(files.map((file) => file.key));
        refuseUnvalidated(files, entries, Date.parse(processingTime));
        return [dataset, sortOut(files, entries)] as const;
      }),
    ),
  );
  const manifest: Manifest = { version: 1, run, date, bucket, processingTime, datasets };
  const key = runKey(event, "manifest.json");
  await objects.writeJson(key, manifest);
  const counts = countFiles(manifest);
  const isLate = Object.values(datasets).some(({ excluded }) => excluded.some(({ state }) => state === "late"));
  const settled = quietSeconds === 0 || (!isLate && now() - newest >= quietSeconds * 1000);
  logger.info("manifest written", { manifest: key, counts, settled });
  return {
    manifest: key,
    withFiles: DATASETS.filter((dataset) => counts[dataset].accepted > 0),
    datasets: counts,
    settled,
  };
}

/**
 * Reads the manifest that a run has written before it was cut off or failed, and which of its jobs are done: it is to read the very same
 * files again.
 *
 * @throws ManifestMissing where it never came so far.
 */
export async function resumeManifest(
  event: RunContext,
  { objects, logger }: Pick<BuildManifestClients, "objects" | "logger">,
): Promise<ResumedManifest> {
  const key = runKey(event, "manifest.json");
  const found = await objects.readJson(key);
  if (found === undefined) {
    throw new ManifestMissing(`The run ${event.run} has no manifest ${key}: run its date again instead.`);
  }
  // Written by this function.
  const counts = countFiles(found as Manifest);
  const withFiles = DATASETS.filter((dataset) => counts[dataset].accepted > 0);
  const reports = await Promise.all(withFiles.map((dataset) => readJobReport(objects, event, dataset)));
  const done = withFiles.filter((_, index) => reports[index] !== undefined);
  logger.info("manifest read again", { manifest: key, counts, done });
  return { manifest: key, withFiles, datasets: counts, settled: true, done };
}

/**
 * The files under a prefix in file order, which is the order in which S3 lists them: by key, as UTF-8.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
async function listFiles(objects: LakeObjects, prefix: string): Promise<ListedObject[]> {
  const files: ListedObject[] = [];
  for await (const object of objects.list(prefix)) {
    // The console marks a folder by an object with a slash at its end.
    if (!object.key.endsWith("/")) files.push(object);
  }
  return files;
}

/**
 * S3 tells when an object was written in whole seconds, rounded down. One of the very second in which the run began may have come before or
 * after that: without a verdict it counts as late, and waits for the next run, rather than failing one that could not have seen it.
 */
const CLOCK_STEP_MS = 1000;

/** Refuses to go on without a file that was there when the run began and that nobody has looked at since. */
function refuseUnvalidated(
  files: readonly ListedObject[],
  entries: ReadonlyMap<string, LedgerEntry>,
  began: number,
): void {
  const missed = files.filter(({ key, etag, writtenAt }) => {
    const entry = entries.get(key);
    return writtenAt + CLOCK_STEP_MS <= began && (entry === undefined || entry.etag !== etag);
  });
  if (missed.length === 0) return;
  const [first] = missed;
  throw new ManifestIncomplete(
    `${missed.length} file(s) were there before the run began and were not validated, such as ${first?.key}. Look at the log of validate-file, then run the date again.`,
  );
}

/** Joins the files that are there with what the ledger says of them. */
function sortOut(files: readonly ListedObject[], entries: ReadonlyMap<string, LedgerEntry>) {
  const read: ManifestFile[] = [];
  const excluded: ExcludedFile[] = [];
  for (const file of files) {
    const entry = entries.get(file.key);
    if (entry === undefined || entry.etag !== file.etag || entry.state === "claimed") {
      excluded.push({ key: file.key, state: "late", reason: LATE });
    } else if (entry.state === "accepted") {
      read.push(toManifestFile(file, entry));
    } else {
      const { key, state, reason = "", original } = entry;
      excluded.push({ key, state, reason, ...(original === undefined ? {} : { original }) });
    }
  }
  return { files: read, excluded };
}

function toManifestFile(file: ListedObject, entry: LedgerEntry): ManifestFile {
  const { md5, rows, badRows, format, compression } = entry;
  if (
    md5 === undefined ||
    rows === undefined ||
    badRows === undefined ||
    format === undefined ||
    compression === undefined
  ) {
    throw new ManifestIncomplete(`The ledger's entry of ${file.key} is accepted but lacks what was found in it.`);
  }
  return {
    key: file.key,
    etag: file.etag,
    md5,
    bytes: file.size,
    rows,
    badRows,
    format,
    compression,
    bom: entry.bom,
    ...(format === "csv" ? { delimiter: "," } : {}),
    columns: entry.columns,
    unknownColumns: entry.unknownColumns,
    splits: entry.splits,
  };
}
