import type { TableState } from "./table-state";

export const DEFAULTS = Object.freeze({
  /** A table is compacted once it has so many data files, smaller than this on average. */
  compactFiles: 200,
  compactBelowBytes: 16 * 1024 * 1024,
  /** Snapshots expire once there are so many of them, or the oldest is older than so many days. */
  expireSnapshots: 200,
  expireDays: 8,
  /** Milliseconds after which no further statement is begun in a run: with the longest of them (10 minutes) the function ends in time. */
  beginWithinMs: 240_000,
});

const MS_PER_DAY = 86_400_000;

/** Upkeep of a table: what is done, and the statement that does it. */
export interface Upkeep {
  readonly action: "compaction" | "expiry";
  readonly sql: string;
}

/**
 * What a table needs today, most days nothing. Expiry spares what a branch still refers to, so that runs in flight keep their snapshots.
 *
 * @param table with its database, as these statements take it: unquoted, or in back quotes.
 * @param now epoch milliseconds.
 * @see https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-data-optimization.html
 */
export function dueUpkeep(table: string, state: TableState, now: number): Upkeep[] {
  const isSplintered = state.files >= DEFAULTS.compactFiles && state.bytes / state.files < DEFAULTS.compactBelowBytes;
  const isOld = state.oldest !== undefined && now - state.oldest > DEFAULTS.expireDays * MS_PER_DAY;
  const upkeep: Upkeep[] = [];
  if (isSplintered) upkeep.push({ action: "compaction", sql: `OPTIMIZE ${table} REWRITE DATA USING BIN_PACK` });
  if (isOld || state.snapshots >= DEFAULTS.expireSnapshots) upkeep.push({ action: "expiry", sql: `VACUUM ${table}` });
  return upkeep;
}
