import { paginateListObjectsV2 } from "@aws-sdk/client-s3";
import type { Dataset } from "../../contracts";
import { JsonLines, type JsonObject } from "../../functions/lib/json-records";
import { recordJudge } from "../../functions/lib/judge-record";
import { LakeObjects } from "../../functions/lib/lake-objects";
import { runKey } from "../../functions/lib/lake-paths";
import type { Manifest, ManifestFile } from "../../functions/lib/manifest";
import { RowChecker } from "../../functions/lib/row-checker";
import { DEFAULTS } from "../../functions/lib/validate-stream";
import { CliError } from "./errors";
import type { Lake } from "./lake";

/** Longest line in characters: a record of the greatest length, every character of it escaped. */
const MAX_LINE = 8 * DEFAULTS.maxRecordLength;

/** A record in quarantine, as docs/architecture.md ("The bucket") says. */
interface QuarantinedRecord {
  readonly run: string;
  readonly file: string;
  readonly record: number;
  readonly line: number | null;
  readonly reasons: readonly string[];
  readonly raw: string;
}

/** What quarantine holds because of one rule. */
export interface QuarantinedRule {
  readonly rule: string;
  /** Records that broke it, and how many of those break no rule at all today. */
  readonly records: number;
  readonly good: number;
  /** The first of them, such as `a.csv:12`. */
  readonly first: string;
}

/** What quarantine holds of a dataset's batch date. */
export interface Quarantined {
  readonly dataset: Dataset;
  readonly records: number;
  /** Records that break no rule of today's contract. */
  readonly good: number;
  /** The most broken rule first. */
  readonly rules: readonly QuarantinedRule[];
}

/**
 * Judges the records in quarantine again, by the contracts of this checkout. Holds one record in memory.
 *
 * @param now no event may be later
 * @returns what is there of the newest run that put anything there; undefined where nothing is
 * @throws CliError where the run's manifest is gone, or a line is not what a job writes
 */
export async function judgeQuarantined(
  lake: Lake,
  dataset: Dataset,
  date: string,
  now: Date,
): Promise<Quarantined | undefined> {
  const objects = new LakeObjects(lake.names.bucket, lake.s3);
  const newest = await newestRun(lake, `quarantine/${dataset}/date=${date}/`);
  if (newest === undefined) return undefined;
  const judges = await judgesOf(objects, dataset, date, newest.run, now);
  const rules = new Map<string, { records: number; good: number; first: string }>();
  let [records, good] = [0, 0];
  for (const key of newest.keys) {
    await readRecords(objects, key, (found) => {
      const judge = judges.get(found.file);
      if (judge === undefined) {
        throw new CliError(`${key} names the file ${found.file}, which run ${found.run} did not read.`);
      }
      const isGood = judge(found.raw).length === 0;
      records++;
      if (isGood) good++;
      for (const rule of found.reasons) {
        const seen = rules.get(rule) ?? { records: 0, good: 0, first: placeOf(found) };
        seen.records++;
        if (isGood) seen.good++;
        rules.set(rule, seen);
      }
    });
  }
  const byCount = [...rules].sort(([a, left], [b, right]) => right.records - left.records || (a < b ? -1 : 1));
  return { dataset, records, good, rules: byCount.map(([rule, seen]) => ({ rule, ...seen })) };
}

/** The objects of the run that wrote last: a run that failed leaves its own beside those of the one that is published. */
async function newestRun({ s3, names }: Lake, prefix: string): Promise<{ run: string; keys: string[] } | undefined> {
  const runs = new Map<string, { keys: string[]; newest: number }>();
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket: names.bucket, Prefix: prefix },
  )) {
    for (const { Key = "", LastModified } of Contents) {
      const run = /^run=([^/]+)\//.exec(Key.slice(prefix.length))?.[1];
      if (run === undefined) continue;
      const seen = runs.get(run) ?? { keys: [], newest: 0 };
      seen.keys.push(Key);
      seen.newest = Math.max(seen.newest, LastModified?.getTime() ?? 0);
      runs.set(run, seen);
    }
  }
  const [last] = [...runs].sort(([, a], [, b]) => b.newest - a.newest);
  return last === undefined ? undefined : { run: last[0], keys: last[1].keys };
}

/** A judge for each file of a run, made from what its manifest says. */
async function judgesOf(
  objects: LakeObjects,
  dataset: Dataset,
  date: string,
  run: string,
  now: Date,
): Promise<Map<string, ReturnType<typeof recordJudge>>> {
  const key = runKey({ date, run }, "manifest.json");
  const text = await objects.readText(key);
  if (text === undefined) {
    throw new CliError(
      `The manifest ${key} is gone, so the columns of the quarantined records are not known.\n  try   run the date again: it judges every record of its files by today's contracts`,
    );
  }
  const manifest: Manifest = JSON.parse(text);
  // A checker a file: one remembers the columns that another file may not have.
  const judgeOf = (file: ManifestFile) => recordJudge(file, new RowChecker(dataset, now));
  return new Map(manifest.datasets[dataset]?.files.map((file) => [file.key, judgeOf(file)]));
}

/** Hands on the records of an object one after the other. Not `readline`: it also ends lines at U+2028, which JSON may hold. */
async function readRecords(
  objects: LakeObjects,
  key: string,
  onRecord: (record: QuarantinedRecord) => void,
): Promise<void> {
  const object = await objects.open(key);
  if (object === undefined) throw new CliError(`${key} was deleted meanwhile: another run of the date was published.`);
  const limits = { maxLength: MAX_LINE, maxDepth: 2 };
  const lines = new JsonLines(limits, (record, line) => {
    if (!isQuarantined(record)) throw new CliError(`Line ${line} of ${key} is not what a job writes there.`);
    onRecord(record);
  });
  try {
    for await (const piece of object.body.setEncoding("utf8")) lines.push(piece);
    lines.end();
  } finally {
    object.body.destroy();
  }
}

function isQuarantined(record: Readonly<Record<string, unknown>> | null): record is JsonObject & QuarantinedRecord {
  return (
    record !== null &&
    typeof record.run === "string" &&
    typeof record.file === "string" &&
    typeof record.record === "number" &&
    (record.line === null || typeof record.line === "number") &&
    Array.isArray(record.reasons) &&
    typeof record.raw === "string"
  );
}

function placeOf({ file, line, record }: QuarantinedRecord): string {
  const name = file.replace(/^raw\/[^/]+\/date=[^/]+\//, "");
  return line === null ? `${name}, record ${record}` : `${name}:${line}`;
}
