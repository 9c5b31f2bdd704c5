import type { Dataset, Waiver } from "../../contracts";
import type { RunContext } from "../lib/event";
import type { RowCounts } from "../lib/job-report";
import type { Judgement, Severity } from "./checks";
import type { Profile } from "./profile";
import type { Schema } from "./schema";

/** How a check came out; `error`: it could not be computed; `waived`: it failed, and the contract lets it. */
export interface CheckResult extends Partial<Judgement> {
  readonly id: string;
  readonly description: string;
  readonly dataset: Dataset;
  readonly severity: Severity;
  readonly status: "passed" | "failed" | "error" | "waived";
  /** Why it could not be computed. */
  readonly reason?: string;
  /** Whether the run asked for it to count as an error. */
  readonly promoted?: true;
  /** The waiver that names it, in force or over. */
  readonly waiver?: Waiver;
}

export type Verdict = "pass" | "warn" | "fail";

/** What a query of the checks cost. */
export interface QueryCost {
  readonly dataset: Dataset;
  readonly bytesScanned: number;
  readonly milliseconds: number;
}

/** The report of a run's checks, `quality.json`. Later versions may add to it, but change nothing. */
export interface QualityReport extends RunContext {
  readonly version: 1;
  readonly verdict: Verdict;
  readonly rows: Readonly<Record<Dataset, RowCounts>>;
  readonly checks: readonly CheckResult[];
  /** Of the datasets with rows: what later runs are compared with. */
  readonly profiles: Readonly<Partial<Record<Dataset, Profile>>>;
  readonly schemas: Readonly<Partial<Record<Dataset, Schema>>>;
  /** Values that the jobs had to compute, by dataset and column; absent in reports from before it was kept. */
  readonly computed?: Readonly<Partial<Record<Dataset, Readonly<Record<string, number>>>>>;
  /** Batch dates of the earlier runs that these were compared with, by dataset, the newest first. */
  readonly history: Readonly<Partial<Record<Dataset, readonly string[]>>>;
  readonly queries: readonly QueryCost[];
}
