import { createHash } from "node:crypto";
import type { Dataset } from "../../contracts";
import type { QueryResult } from "../../functions/lib/athena";
import type { Manifest } from "../../functions/lib/manifest";
import type { Engine, Loaded } from "./engine";

/** What a dataset's table is after it was loaded. */
export interface LoadedVersion extends Loaded {
  /** A number that no other content of the table has. */
  readonly snapshot: string;
}

/**
 * An engine that does nothing twice: a dataset whose files are those of last time stays loaded, and a question that the checks let an
 * earlier result answer, all its tables being pinned to snapshots, is asked once. A defect befalls one dataset; the others are the same.
 */
export class ReusedAnswers {
  private readonly loaded = new Map<Dataset, LoadedVersion>();
  private readonly answers = new Map<string, Promise<QueryResult>>();
  private date = "";

  constructor(private readonly engine: Pick<Engine, "load" | "query">) {}

  async load(dataset: Dataset, root: string, manifest: Manifest): Promise<LoadedVersion> {
    // No question is asked of another day again.
    if (manifest.date !== this.date) this.answers.clear();
    this.date = manifest.date;
    const snapshot = snapshotOf(dataset, manifest);
    const before = this.loaded.get(dataset);
    if (before?.snapshot === snapshot) return before;
    this.loaded.delete(dataset);
    const version = { ...(await this.engine.load(dataset, root, manifest)), snapshot };
    this.loaded.set(dataset, version);
    return version;
  }

  async query(
    sql: string,
    _database: string,
    _parameters: readonly string[] = [],
    reuseMinutes?: number,
  ): Promise<QueryResult> {
    if (reuseMinutes === undefined) return this.engine.query(sql);
    const answer = this.answers.get(sql) ?? this.engine.query(sql);
    this.answers.set(sql, answer);
    return answer;
  }
}

/** A number of 63 bits, as Iceberg's are, of all that decides what the table holds for the date. */
function snapshotOf(dataset: Dataset, { date, processingTime, datasets }: Manifest): string {
  const files = (datasets[dataset]?.files ?? []).map(({ key, md5 }) => [key, md5]);
  const digest = createHash("sha256")
    .update(JSON.stringify([dataset, date, processingTime, files]))
    .digest();
  return String(digest.readBigUInt64BE() >> 1n);
}
