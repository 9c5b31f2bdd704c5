import { createHash } from "node:crypto";
import { contracts, type Dataset } from "../../contracts";
import { FunctionError, InvalidEvent, ValidationInterrupted } from "../lib/errors";
import type { RunContext } from "../lib/event";
import {
  type Claim,
  type FileFacts,
  type FileLedger,
  type FinalState,
  type LedgerEntry,
  sameContent,
} from "../lib/file-ledger";
import type { LakeObjects } from "../lib/lake-objects";
import { rawPrefix } from "../lib/lake-paths";
import type { Logger } from "../lib/logger";
import type { Figures, Metrics } from "../lib/metrics";
import { printable } from "../lib/printable";
import { type FileReport, validateStream } from "../lib/validate-stream";

/** Raise it when a file may be judged otherwise than before: every file is then validated anew when it is next met. */
const VALIDATOR_VERSION = 3;

/** The file to validate. */
export interface ValidateFileEvent extends RunContext {
  readonly dataset: Dataset;
  readonly bucket: string;
  readonly key: string;
  /** As the listing or the event said it: the object itself may be newer. */
  readonly etag: string;
}

export interface ValidateFileResult {
  readonly key: string;
  readonly dataset: Dataset;
  readonly state: FinalState;
  readonly reason?: string;
  readonly original?: string;
  readonly rows?: number;
  readonly badRows?: number;
}

export interface ValidateFileClients {
  readonly objects: LakeObjects;
  readonly ledger: FileLedger;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What a file that was decided counts as. */
export const DECIDED: Readonly<Record<FinalState, Figures<"environment"> & Figures<"Dataset">>> = {
  accepted: { FilesAccepted: 1 },
  rejected: { FilesRejected: 1 },
  duplicate: { FilesDuplicate: 1 },
};

/**
 * Validates one file of the raw zone and enters the verdict into the ledger, once for each object however often it is called.
 *
 * It judges the object that is there now: an event may come late, twice or out of order.
 *
 * @param remainingMs how long the caller may still run: its claim lasts no longer.
 * @throws FileBusy, ClaimLost, ValidationInterrupted: worth another call. InvalidEvent: not.
 */
export async function validateFile(
  event: ValidateFileEvent,
  clients: ValidateFileClients,
  remainingMs: number,
): Promise<ValidateFileResult> {
  return interruptible(event, async () => decideOnce(event, await clients.ledger.get(event.key), clients, remainingMs));
}

/**
 * The same for a file whose entry the caller has just read.
 *
 * @param known its entry; undefined where there is none.
 */
export async function validateKnownFile(
  event: ValidateFileEvent,
  known: LedgerEntry | undefined,
  clients: ValidateFileClients,
  remainingMs: number,
): Promise<ValidateFileResult> {
  return interruptible(event, () => decideOnce(event, known, clients, remainingMs));
}

async function interruptible(
  { dataset, key, date }: ValidateFileEvent,
  decide: () => Promise<ValidateFileResult>,
): Promise<ValidateFileResult> {
  if (!key.startsWith(rawPrefix(dataset, date))) {
    throw new InvalidEvent(`The key ${printable(key, 200)} is not under ${rawPrefix(dataset, date)}.`);
  }
  try {
    return await decide();
  } catch (error) {
    if (error instanceof FunctionError) throw error;
    const reason = printable(error instanceof Error ? `${error.name}: ${error.message}` : String(error), 300);
    throw new ValidationInterrupted(`The validation of ${printable(key, 200)} was interrupted: ${reason}`, {
      cause: error,
    });
  }
}

async function decideOnce(
  event: ValidateFileEvent,
  known: LedgerEntry | undefined,
  { objects, ledger, logger, metrics }: ValidateFileClients,
  remainingMs: number,
): Promise<ValidateFileResult> {
  const { dataset, key, bucket, date, run } = event;
  const validator = validatorOf(dataset);
  const isDecided = known?.etag === event.etag && known.validator === validator && known.state !== "claimed";
  if (isDecided && (await stands(known, { objects, ledger }))) return resultOf(dataset, known);

  const object = await objects.open(key);
  if (object === undefined) {
    return { key, dataset, state: "rejected", reason: "The object is no longer there." };
  }
  const { body, ...identity } = object;
  let claim: Claim | undefined;
  try {
    const outdated = isDecided ? { outdated: known } : {};
    const options = { run, validator, leaseMs: remainingMs, ...outdated };
    const claimed = await ledger.claim({ bucket, dataset, date, ...identity }, options);
    if ("decided" in claimed) return resultOf(dataset, claimed.decided);
    claim = claimed.claim;
    const processingTime = new Date(event.processingTime);
    const report = await validateStream(body, { dataset, processingTime, size: object.size });
    const result = await decide(claim, dataset, report, { objects, ledger });
    logger.info(`file ${result.state}`, { ...result, code: report.code, bytes: report.bytes });
    metrics.of("Dataset", dataset, DECIDED[result.state]);
    metrics.ofEnvironment(DECIDED[result.state]);
    return result;
  } catch (error) {
    // Whatever went wrong, the next try should not have to wait for the lease. That it cannot be given back is the lesser news.
    if (claim !== undefined) {
      await ledger.release(claim).catch((cause) => logger.warn("claim not released", { key, cause: String(cause) }));
    }
    throw error;
  } finally {
    body.destroy();
  }
}

/** Whether a decision can be kept: a duplicate is one only while its original is accepted, and there. */
async function stands(
  entry: LedgerEntry,
  { objects, ledger }: Pick<ValidateFileClients, "objects" | "ledger">,
): Promise<boolean> {
  if (entry.state !== "duplicate" || entry.original === undefined) return true;
  const original = await ledger.get(entry.original);
  return (
    original?.state === "accepted" && original.md5 === entry.md5 && (await objects.has(original.key, original.etag))
  );
}

async function decide(
  claim: Claim,
  dataset: Dataset,
  report: FileReport,
  { objects, ledger }: Pick<ValidateFileClients, "objects" | "ledger">,
): Promise<ValidateFileResult> {
  const { key } = claim.file;
  const { rules, ...found } = report;
  const facts: FileFacts = { ...found, badRules: rules };
  const counts = { rows: report.rows, badRows: report.badRows };
  if (report.verdict === "rejected" || report.md5 === undefined) {
    const reason = report.reason ?? "The file was not read to its end.";
    await ledger.reject(claim, facts, reason);
    return { key, dataset, state: "rejected", reason, ...counts };
  }
  const { original } = await ledger.accept(claim, { ...facts, md5: report.md5 }, (other, etag) =>
    objects.has(other, etag),
  );
  return original === undefined
    ? { key, dataset, state: "accepted", ...counts }
    : { key, dataset, state: "duplicate", reason: sameContent(original), original, ...counts };
}

function resultOf(dataset: Dataset, entry: LedgerEntry): ValidateFileResult {
  const { key, state, reason, original, rows, badRows } = entry;
  if (state === "claimed") throw new Error(`The entry of ${key} is not decided.`);
  return {
    key,
    dataset,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(original === undefined ? {} : { original }),
    ...(rows === undefined ? {} : { rows }),
    ...(badRows === undefined ? {} : { badRows }),
  };
}

/** Names the checks that a verdict comes from: the code's version, and the contract down to its content. */
export function validatorOf(dataset: Dataset): string {
  const contract = contracts[dataset];
  const hash = createHash("sha256").update(JSON.stringify(contract)).digest("hex").slice(0, 12);
  return `${VALIDATOR_VERSION}/${dataset}@${contract["x-version"]}+${hash}`;
}
