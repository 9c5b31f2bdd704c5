/** Where the Terraform state of an environment lives. */
export type State =
  | {
      readonly kind: "s3";
      /** The bucket; it exists before the first apply. */
      readonly bucket: string;
      readonly region: string;
    }
  | {
      readonly kind: "file";
      /** Relative to the folder in which Terraform runs. */
      readonly path: string;
    };

/** Glue worker types that the jobs are sized in. @see https://docs.aws.amazon.com/glue/latest/dg/worker-types.html */
export type WorkerType = "G.1X" | "G.2X" | "G.4X" | "G.8X";

/** Everything that differs between environments. Same shape everywhere; numbers differ. */
export interface Environment {
  /** Part of every physical name. */
  readonly name: string;
  /** `aws`, or `local` for the AWS that this project runs on the laptop. */
  readonly platform: "aws" | "local";
  /** AWS account, 12 digits. Nothing is planned against any other. */
  readonly account: string;
  readonly region: string;
  readonly state: State;

  /** Tag `Team`: who answers for it. */
  readonly team: string;
  /** Tag `CostCenter`: who pays for it. */
  readonly costCenter: string;

  /**
   * Guards against deletion: the bucket cannot be destroyed while it holds objects, tables cannot be deleted, a deleted secret
   * can be had back.
   */
  readonly protected: boolean;

  readonly logs: {
    /** Days that log groups keep their events; one of the values that CloudWatch Logs allows. */
    readonly retentionDays: number;
  };

  readonly tracing: {
    /** Whether functions and the state machine send traces to X-Ray. */
    readonly enabled: boolean;
  };

  readonly retention: {
    /** Whether the bucket moves and deletes objects by age at all. */
    readonly enforced: boolean;
    /** Days after which raw files are deleted. */
    readonly rawDays: number;
    /** Days after which rejected records are deleted. */
    readonly quarantineDays: number;
    /** Days after which a run's manifest, reports and summary are deleted. */
    readonly runsDays: number;
    /** Days after which query results are deleted. */
    readonly queryResultsDays: number;
    /** Days for which a deleted or overwritten object can be had back. */
    readonly noncurrentDays: number;
  };

  readonly jobs: {
    readonly workerType: WorkerType;
    /** Most workers a job may use, 2–100; auto scaling uses fewer where it can. */
    readonly maxWorkers: number;
    /** Minutes after which a job is stopped, 1–2,880. */
    readonly timeoutMinutes: number;
    /** Batch dates that may be in flight at once. */
    readonly maxConcurrentRuns: number;
  };

  readonly functions: {
    /** MB, 128–10,240, of the function that reads whole files; it streams, so this buys speed, not room. */
    readonly validatorMemoryMb: number;
  };

  readonly queries: {
    /** Bytes after which Athena stops a query, at least 10 MB (10,000,000). */
    readonly bytesScannedCutoff: number;
  };

  readonly batch: {
    /** When the daily batch starts (EventBridge Scheduler, UTC), and whether it does. */
    readonly schedule: { readonly expression: string; readonly enabled: boolean };
    /** Functions that validate files of a dataset at once. */
    readonly filesAtOnce: number;
    /** Seconds between two looks at a crawler. */
    readonly crawlerPollSeconds: number;
    /** Seconds between two tries to validate a file that another call is at. */
    readonly filePollSeconds: number;
  };

  readonly uploads: {
    /** Seconds for which files are gathered before a run is started for them, 1–300. */
    readonly batchingWindowSeconds: number;
    /** Seconds after which a file that waits for a run is looked at again, 20–43,200. */
    readonly retrySeconds: number;
    /** Seconds without a new file after which the run that uploads started takes the date for complete. */
    readonly quietSeconds: number;
  };

  readonly alerts: {
    /** Who gets the pipeline's notifications and the data quality alerts. Each confirms by e-mail. */
    readonly emails: readonly string[];
  };
}
