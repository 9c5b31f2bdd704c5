import type { Dataset } from "../../contracts";
import type { Database } from "../catalog";
import type { Lake } from "../lake";
import type { LedgerTable } from "../lib/ledger-table";
import type { DatabaseZone, JobName, Names } from "../lib/naming";
import type { Grantee } from "../lib/service-role";

/** Sizes of a Glue worker. @see https://docs.aws.amazon.com/glue/latest/dg/worker-types.html */
export type WorkerType = "G.1X" | "G.2X" | "G.4X" | "G.8X";

/**
 * `STANDARD` starts at once; `FLEX` costs a third less, starts when there is room to spare, and may lose workers on the way.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/add-job.html
 */
export type ExecutionClass = "STANDARD" | "FLEX";

/** A place inside a VPC that jobs run in. */
export interface JobNetwork {
  /** Names of Glue connections, each to one subnet. */
  readonly connections: string[];
  /** May keep the network interfaces of workers. */
  grantAttach(role: Grantee): void;
}

/** How big and how patient jobs are, and where they run. */
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
  /** Whether a run starts at once, or cheaper. `FLEX` takes G.1X or G.2X. @default "STANDARD" */
  readonly executionClass?: ExecutionClass;
  /** Whether runs leave the logs that the Spark UI shows. @default true */
  readonly sparkUi?: boolean;
  /** The VPC to run in; without it, jobs run in Glue's own, with the internet in reach. */
  readonly network?: JobNetwork;
}

export interface EtlProps extends JobSettings {
  readonly names: Names;
  readonly lake: Lake;
  readonly databases: Readonly<Record<DatabaseZone, Database>>;
  /** Holds the lock of the merge. */
  readonly runLedger: LedgerTable;
  /** The secret with the key that pseudonyms are made with; the merge alone reads it. */
  readonly piiKey: PiiKeySecret;
  /** ARN of the key that encrypts logs and bookmarks, such as that of a `LogsKey`; without it, they are encrypted by AWS's own keys. */
  readonly logsKeyArn?: string;
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
