import type { Dataset } from "../../contracts";
import type { Database } from "../catalog";
import type { Lake } from "../lake";
import type { LedgerTable } from "../lib/ledger-table";
import type { DatabaseZone, JobName, Names } from "../lib/naming";
import type { Grantee } from "../lib/service-role";

/** Sizes of a Glue worker. @see https://docs.aws.amazon.com/glue/latest/dg/worker-types.html */
export type WorkerType = "G.1X" | "G.2X" | "G.4X" | "G.8X";

/** How big and how patient jobs are. */
export interface JobSettings {
  /** @default "G.1X" */
  readonly workerType?: WorkerType;
  /** Most workers, 2–100; auto scaling uses fewer where it can. @default 2 */
  readonly maxWorkers?: number;
  /** Minutes after which a run is stopped, 1–2,880. @default 60 */
  readonly timeoutMinutes?: number;
  /** Runs at once, 1–1,000. @default 1 */
  readonly maxConcurrentRuns?: number;
  /** Days that the log groups keep their events. @default 30 */
  readonly logRetentionDays?: number;
}

export interface EtlProps extends JobSettings {
  readonly names: Names;
  readonly lake: Lake;
  readonly databases: Readonly<Record<DatabaseZone, Database>>;
  /** Holds the lock of the merge. */
  readonly runLedger: LedgerTable;
  /** The secret with the key that pseudonyms are made with; the merge alone reads it. */
  readonly piiKey: PiiKeySecret;
}

/** What a job needs of the secret. */
export interface PiiKeySecret {
  readonly secretName: string;
  grantRead(role: Grantee): void;
}

/** The job that cleans each dataset. */
export const JOB_OF_DATASET = {
  transactions: "transaction_etl",
  products: "product_enrichment",
  clickstream: "clickstream_aggregation",
  reviews: "review_etl",
} as const satisfies Record<Dataset, JobName>;
