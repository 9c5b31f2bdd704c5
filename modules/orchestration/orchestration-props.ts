import type { Dataset } from "../../contracts";
import type { Names } from "../lib/naming";
import type { SettingsOverrides } from "./settings";

/** A Lambda function that a run invokes. */
export interface InvokedFunction {
  readonly functionName: string;
  readonly functionArn: string;
}

/** A Glue job or crawler that a run starts. */
export interface StartedResource {
  readonly name: string;
  readonly arn: string;
}

/** A topic that a run publishes to. */
export interface PublishedTopic {
  readonly arn: string;
  /** The customer-managed key that encrypts the topic, where there is one: publishing needs it. */
  readonly encryptionKeyArn?: string;
}

/** The functions of a run, by what they do. */
export interface RunFunctions {
  readonly validateFile: InvokedFunction;
  readonly buildManifest: InvokedFunction;
  readonly dataQuality: InvokedFunction;
  readonly refreshTables: InvokedFunction;
  readonly summarizeRun: InvokedFunction;
}

/** What a run does for one dataset. */
export interface DatasetPipeline {
  readonly crawler: StartedResource;
  readonly job: StartedResource;
}

/**
 * What becomes of a run of which one dataset's crawl or job fails: it stops and publishes nothing (`stop`), or goes on with the others and ends
 * as PARTIAL (`continue`).
 */
export type DatasetFailure = "stop" | "continue";

/** What a state machine is built from; nothing in it is a construct. */
export interface RunParts {
  /** Name of the environment, for messages. */
  readonly environment: string;
  /** The bucket of the lake. */
  readonly lake: { readonly bucketName: string; readonly bucketArn: string };
  /** The table of runs and locks. */
  readonly runLedger: { readonly tableName: string; readonly tableArn: string };
  readonly functions: RunFunctions;
  readonly datasets: Readonly<Record<Dataset, DatasetPipeline>>;
  /** The Glue job that publishes. */
  readonly mergeJob: StartedResource;
  /** @default "stop" */
  readonly onDatasetFailure?: DatasetFailure;
  readonly topics: {
    /** `pipeline-notifications`: how every run ended. */
    readonly notifications: PublishedTopic;
    /** `data-quality-alerts`: runs whose data quality gate failed. */
    readonly qualityAlerts: PublishedTopic;
  };
}

/** When the daily run starts. */
export interface DailySchedule {
  /** `cron(…)` or `rate(…)` of EventBridge Scheduler. */
  readonly expression: string;
  /**
   * Time zone of the expression (IANA). The run's date is the UTC day before the scheduled instant.
   * @default "UTC"
   */
  readonly timezone?: string;
  readonly enabled: boolean;
}

export interface OrchestrationProps extends Omit<RunParts, "environment"> {
  readonly names: Names;
  /** What differs from `DEFAULTS`. */
  readonly settings?: SettingsOverrides;
  /** Left out, there is no schedule at all. */
  readonly schedule?: DailySchedule;
  readonly logs: {
    readonly retentionDays: number;
    /**
     * Whether the log holds inputs and outputs of the states. They hold no rows, but object keys and messages of errors.
     * @default false
     */
    readonly executionData?: boolean;
  };
  readonly tracing: { readonly enabled: boolean };
}
