import { createHash } from "node:crypto";
import type { Dataset } from "../../contracts";
import type { Executions } from "../lib/executions";
import type { FileLedger, LedgerEntry } from "../lib/file-ledger";
import type { LakeObjects } from "../lib/lake-objects";
import type { Logger } from "../lib/logger";
import type { RunLedger } from "../lib/run-ledger";
import { sideBySide } from "../lib/side-by-side";
import { placeOf, type Upload } from "../lib/upload-event";
import { DateRuns } from "./date-runs";

export const DEFAULTS = Object.freeze({
  /** Seconds after a run that failed before it read anything until the next is started; doubled with each such run. */
  retryAfterSeconds: 600,
  /** Seconds that this never exceeds. */
  longestRetrySeconds: 14_400,
  /** Files, and dates, looked at side by side. */
  atOnce: 16,
});

/** An upload, as a message of the queue carries it. */
export interface UploadMessage {
  readonly messageId: string;
  readonly upload: Upload;
}

export interface StartPipelineClients {
  readonly files: Pick<FileLedger, "getAll">;
  readonly runs: Pick<RunLedger, "ofDate" | "holderOf">;
  readonly objects: LakeObjects;
  readonly executions: Pick<Executions, "start" | "isOver">;
  readonly logger: Logger;
  readonly now?: () => number;
}

/** An accepted file that may need a run. */
interface Candidate {
  readonly messageId: string;
  readonly key: string;
  readonly etag: string;
  readonly dataset: Dataset;
  readonly date: string;
}

/**
 * Starts a run for each date that has accepted files which no run has read.
 *
 * A message is done when nothing is left to do for its file: it was rejected, is a duplicate, is gone, or a run has read it. Until then it
 * stays in the queue, whatever was started: so nothing is lost when a run ends before it read the file, and a call that is
 * repeated does no harm.
 *
 * @returns ids of the messages that must come back.
 * @throws what S3, DynamoDB or Step Functions failed with, where nothing could be done: all messages come back.
 */
export async function startPipeline(
  messages: readonly UploadMessage[],
  clients: StartPipelineClients,
): Promise<{ waiting: string[] }> {
  const { files, objects, logger } = clients;
  const { held, free } = await setApart(messages, clients);
  const entries = await files.getAll([...new Set(free.map(({ upload }) => upload.key))]);
  const waiting = held.map(({ messageId }) => messageId);
  const byDate = new Map<string, Candidate[]>();
  await sideBySide(free, DEFAULTS.atOnce, async (message) => {
    const found = await candidateOf(message, entries.get(message.upload.key), objects);
    if (found === "wait") waiting.push(message.messageId);
    else if (found !== "done") {
      const ofDate = byDate.get(found.date) ?? [];
      ofDate.push(found);
      byDate.set(found.date, ofDate);
    }
  });
  const troubles: unknown[] = [];
  await sideBySide(byDate, DEFAULTS.atOnce, async ([date, candidates]) => {
    try {
      waiting.push(...(await startDate(date, candidates, clients)));
    } catch (error) {
      // One date's trouble is not another's: its messages come back.
      logger.error("date not started", { date, cause: String(error) });
      troubles.push(error);
      waiting.push(...candidates.map(({ messageId }) => messageId));
    }
  });
  // Where no date went well the fault is not a date's: the call fails, so that its alarm is heard.
  if (troubles.length > 0 && troubles.length === byDate.size) throw troubles[0];
  logger.info("uploads looked at", { messages: messages.length, dates: byDate.size, waiting: waiting.length });
  return { waiting };
}

/**
 * Sets those apart whose date a run holds: whatever became of their files, there is nothing to do before it ends. Messages of thousands
 * of files that come back while their run goes on should not have each of them looked up.
 */
async function setApart(
  messages: readonly UploadMessage[],
  { runs, executions, logger, now = Date.now }: StartPipelineClients,
): Promise<{ held: UploadMessage[]; free: UploadMessage[] }> {
  const dateOf = ({ upload }: UploadMessage) => {
    const place = placeOf(upload.key);
    return place.kind === "file" ? place.date : undefined;
  };
  const heldDates = new Set<string | undefined>();
  await sideBySide(new Set(messages.map(dateOf)), DEFAULTS.atOnce, async (date) => {
    if (date === undefined) return;
    try {
      const holder = await runs.holderOf(date, now());
      if (holder === undefined || (await executions.isOver(holder))) return;
      logger.info("date is held", { date, holder });
      heldDates.add(date);
    } catch (error) {
      // It is asked again before a run is started, and that is where its trouble is the date's.
      logger.warn("holder not known", { date, cause: String(error) });
    }
  });
  const isHeld = (message: UploadMessage) => heldDates.has(dateOf(message));
  return { held: messages.filter(isHeld), free: messages.filter((message) => !isHeld(message)) };
}

/** What is to be done for a file, by what the ledger says of the object that is there now. */
async function candidateOf(
  { messageId, upload: { key, etag } }: UploadMessage,
  entry: LedgerEntry | undefined,
  objects: LakeObjects,
): Promise<Candidate | "done" | "wait"> {
  const place = placeOf(key);
  if (place.kind !== "file") return "done";
  if (entry?.etag !== etag) {
    // Not looked at yet; or the event is late, and the ledger is about a newer object.
    const current = await objects.etagOf(key);
    if (current === undefined) return "done";
    if (entry?.etag !== current) return "wait";
  }
  if (entry.state === "claimed") return "wait";
  if (entry.state !== "accepted") return "done";
  return { messageId, key, etag: entry.etag, dataset: place.dataset, date: place.date };
}

/** @returns ids of the messages of files that no run has read and that are still there. */
async function startDate(
  date: string,
  candidates: readonly Candidate[],
  { runs, objects, executions, logger, now = Date.now }: StartPipelineClients,
): Promise<string[]> {
  const datasets = new Set(candidates.map(({ dataset }) => dataset));
  const past = await DateRuns.look(date, await runs.ofDate(date), datasets, objects);
  const unread = candidates.filter((file) => !past.has(file));
  if (unread.length === 0) return [];

  // The lock after the runs: whoever takes it in between has a name of its own by then, and ours is refused without harm.
  const holder = await runs.holderOf(date, now());
  if (holder !== undefined && !(await executions.isOver(holder))) {
    logger.info("date is held", { date, holder, files: unread.length });
    return unread.map(({ messageId }) => messageId);
  }
  const waiting: string[] = [];
  let count = 0;
  await sideBySide(unread, DEFAULTS.atOnce, async ({ key, etag, messageId }) => {
    // A run cannot read what was deleted meanwhile; what was overwritten is to be validated first.
    const current = await objects.etagOf(key);
    if (current !== undefined) waiting.push(messageId);
    if (current === etag) count += 1;
  });
  if (count === 0) return waiting;
  const notBefore = retryTime(past);
  if (now() < notBefore) {
    logger.warn("run put off", { date, until: new Date(notBefore).toISOString(), failures: past.unread.length });
    return waiting;
  }
  const run = nextRun(date, past.newest);
  const started = await executions.start(run, { date, trigger: "upload" });
  if (started) logger.info("run started", { date, run, files: count });
  else logger.error("run of that name is over, and left no trace in the ledger", { date, run, files: count });
  return waiting;
}

/** Epoch milliseconds before which no run is started, for those before it failed without reading a file. */
function retryTime({ unread }: DateRuns): number {
  const [last] = unread;
  if (last === undefined) return 0;
  const ended = Date.parse(String(last.ended_at ?? last.started_at));
  const seconds = Math.min(DEFAULTS.retryAfterSeconds * 2 ** (unread.length - 1), DEFAULTS.longestRetrySeconds);
  return (Number.isNaN(ended) ? 0 : ended) + seconds * 1000;
}

/**
 * Names the run that follows another: whoever starts it, with whatever messages, starts the same.
 *
 * @param newest the newest run of the date; undefined for the first.
 */
export function nextRun(date: string, newest: string | undefined): string {
  const hash = createHash("sha256")
    .update(`${date}\n${newest ?? ""}`)
    .digest("hex");
  return `${date}-upload-${hash.slice(0, 12)}`;
}
