import type { AlarmLimits } from "../modules/lib/measures";
import type { FunctionName } from "../modules/lib/naming";
import type { TopicSubscriptions } from "../modules/monitoring";
import type { SettingsOverrides } from "../modules/orchestration/settings";

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

  /**
   * Whose workflows may plan and deploy it, with roles that the bootstrap makes: those of a repository on GitHub (`owner/name`), from one branch. An account
   * knows GitHub once: `provider` says whether this environment's bootstrap makes it known (`own`), or another one has.
   */
  readonly ci: "none" | { readonly github: string; readonly branch: string; readonly provider: "own" | "existing" };

  /** Tag `Team`: who answers for it. */
  readonly team: string;
  /** Tag `CostCenter`: who pays for it. */
  readonly costCenter: string;

  /**
   * Guards against deletion: the bucket cannot be destroyed while it holds objects, tables cannot be deleted, a deleted secret
   * can be had back.
   */
  readonly protected: boolean;

  /** Whether destroying the stack takes its data along. Only where it is not `protected`: one of the two slips, and nothing is lost. */
  readonly destroyData: boolean;

  readonly encryption: {
    /** What encrypts the lake's objects: S3's own keys, or a KMS key of the lake's, whose every use shows and is granted. */
    readonly data: "s3" | "kms";
    /** Whether a KMS key of the lake's encrypts log groups, the audit trail and what Glue keeps beside the data. */
    readonly logs: boolean;
  };

  readonly network: {
    /** Whether functions and jobs run in a VPC. Its interface endpoints are paid for by the hour, in each zone. */
    readonly enabled: boolean;
    /** Addresses of the VPC, a private IPv4 block from /16 to /24. */
    readonly cidr: string;
    /** Availability zones, 1–6. */
    readonly zones: number;
    /** How private subnets reach the internet. Nothing of the lake needs it. */
    readonly nat: "none" | "one" | "each-zone";
  };

  readonly audit: {
    /** Whether CloudTrail keeps who read, wrote or deleted which object. */
    readonly enabled: boolean;
    /** Days that it is kept. */
    readonly retentionDays: number;
  };

  readonly access: {
    /** What roles may be allowed at most: nothing says so, a policy of the lake's own, or one that the account has already, by its name. */
    readonly permissionBoundary: "none" | "own" | { readonly existing: string };
    /** ARNs, with `*`, of the principals that may read curated tables as analysts; empty, whoever the account's IAM lets. */
    readonly analysts: readonly string[];
    /** The same of those who may read all zones as engineers. */
    readonly engineers: readonly string[];
  };

  /** `encrypted`, `policy` and `lakeFormation` are settings of the whole account and region: of the environments there, one may have them. */
  readonly catalog: {
    /** Whether the Glue catalog is encrypted by a KMS key of the lake's. */
    readonly encrypted: boolean;
    /** Whether the catalog itself refuses other accounts, and the end of its databases where the environment is protected. */
    readonly policy: boolean;
    /** Other accounts that may read what the catalog says of curated tables, where it has a policy. */
    readonly readers: readonly string[];
    /** When crawlers start by themselves (`cron(…)`, UTC), or that they start with runs alone. */
    readonly crawlers: "on-demand" | { readonly schedule: string };
    /** Whether Lake Formation governs what analysts and engineers read, and who administers it: the deploying role among them. */
    readonly lakeFormation: { readonly enabled: boolean; readonly administrators: readonly string[] };
  };

  readonly piiKey: {
    /** Days after which the pseudonyms have a new key, 1–1,000. Every pseudonym changes with it: docs/decisions says why none of ours does. */
    readonly rotateDays: number | "never";
  };

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
    /** Whether jobs start at once, or for a third less when there is room to spare. */
    readonly executionClass: "STANDARD" | "FLEX";
  };

  readonly functions: {
    /** MB, 128–10,240, of the function that reads whole files; it streams, so this buys speed, not room. */
    readonly validatorMemoryMb: number;
    /**
     * Bounds of single functions: most at once (`reserved`, taken from what the account's functions share; 0 stops it), and instances
     * kept warm (`provisioned`, paid for by the hour).
     */
    readonly concurrency: Readonly<
      Partial<Record<FunctionName, { readonly reserved?: number; readonly provisioned?: number }>>
    >;
    /** Whether AWS Signer signs their code, and Lambda refuses code that it did not sign. */
    readonly signed: boolean;
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
    /** How long steps may take, and how patiently they are tried again, where not as `modules/orchestration` says. */
    readonly patience?: Pick<SettingsOverrides, "timeouts" | "retries">;
    /** Whether a run of which one dataset's crawl or job fails stops and publishes nothing, or goes on with the others and ends as PARTIAL. */
    readonly onDatasetFailure: "stop" | "continue";
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
    /** Who gets the messages of each topic: people by e-mail, pagers and chat by HTTPS, programs by a queue. */
    readonly subscriptions: Required<TopicSubscriptions>;
    /** Where people read the runbook: an address that they reach, or its path in the project. */
    readonly runbook: string;
  };

  readonly budget: {
    /** USD that a month may cost: people hear at half, at 80 % and at all of it, and when AWS expects all of it to be spent. */
    readonly monthlyUsd: number;
    /** USD beyond the usual at which something unusual is worth a message. */
    readonly anomalyUsd: number;
  };

  /** From where on something is worth an alarm. */
  readonly alarms: AlarmLimits & { readonly lateAfterHours: number };
}
