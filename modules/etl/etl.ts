import { Construct } from "constructs";
import { DATASETS, type Dataset } from "../../contracts";
import { jobPackage, jobScript, PACKAGE_NAME } from "../lib/job-package";
import { JOB_NAMES, type JobName } from "../lib/naming";
import { record } from "../lib/record";
import { StoredFile } from "../lib/stored-file";
import { pascal } from "../lib/words";
import { type EtlProps, JOB_OF_DATASET } from "./etl-props";
import { GlueJob } from "./glue-job";
import { JobEncryption } from "./job-encryption";

const DESCRIPTIONS: Readonly<Record<JobName, string>> = {
  transaction_etl: "Cleans a date's sales into processed",
  product_enrichment: "Cleans a date's product snapshot into processed and adds its category",
  clickstream_aggregation: "Cleans a date's events into processed",
  review_etl: "Cleans a date's reviews into processed",
  master_data_merge: "Publishes audited tables and joins them to the curated ones, personal data masked",
};

/**
 * The five Glue jobs with their scripts and the package that they share, each with a role that reaches its own dataset
 * alone.
 *
 * @example
 * const etl = new Etl(this, "Etl", { names, lake, databases: catalog.databases, runLedger, piiKey });
 * etl.jobs.transaction_etl.grantRun(role);
 */
export class Etl extends Construct {
  readonly jobs: Readonly<Record<JobName, GlueJob>>;

  constructor(scope: Construct, id: string, props: EtlProps) {
    super(scope, id);
    const { lake } = props;
    const sharedPackage = new StoredFile(this, "Package", {
      store: lake.artifacts,
      path: `packages/${PACKAGE_NAME}.zip`,
      content: jobPackage(),
    });
    const encryption =
      props.logsKeyArn === undefined
        ? undefined
        : new JobEncryption(this, "Encryption", {
            name: props.names.securityConfiguration,
            logsKeyArn: props.logsKeyArn,
            lake,
          });
    this.jobs = record(JOB_NAMES, (name) => this.job(name, sharedPackage, encryption, props));

    for (const dataset of DATASETS) {
      const name = JOB_OF_DATASET[dataset];
      grantDataset(this.jobs[name], name, dataset, props);
    }
    grantMerge(this.jobs.master_data_merge, props);
  }

  private job(
    name: JobName,
    sharedPackage: StoredFile,
    encryption: JobEncryption | undefined,
    props: EtlProps,
  ): GlueJob {
    const { names, lake, databases, piiKey, runLedger, logsKeyArn: _, ...settings } = props;
    const isMerge = name === "master_data_merge";
    const script = new StoredFile(this, `${pascal(name)}Script`, {
      store: lake.artifacts,
      path: `jobs/${name}.py`,
      content: jobScript(name),
    });
    return new GlueJob(this, pascal(name), {
      ...settings,
      // Merges take turns on the curated tables.
      ...(isMerge ? { maxConcurrentRuns: 1 } : {}),
      ...(encryption === undefined ? {} : { encryption }),
      names,
      jobName: name,
      description: DESCRIPTIONS[name],
      dataSource: DATASETS.find((dataset) => JOB_OF_DATASET[dataset] === name) ?? "all",
      script,
      package: sharedPackage,
      sparkLogs: lake.zones["spark-logs"],
      warehouse: lake.zones.processed.uri().replace(/\/$/, ""),
      arguments: {
        "--lake_bucket": lake.bucketName,
        "--environment": names.environment,
        "--raw_database": databases.raw.databaseName,
        "--processed_database": databases.processed.databaseName,
        "--curated_database": databases.curated.databaseName,
        ...(isMerge ? { "--pii_key_secret": piiKey.secretName, "--run_ledger_table": runLedger.tableName } : {}),
      },
    });
  }
}

/** What a job that cleans one dataset touches: that dataset's files and table, and the run's manifest and report. */
function grantDataset(job: GlueJob, name: JobName, dataset: Dataset, { lake, databases }: EtlProps): void {
  const { raw, quarantine, processed, runs } = lake.zones;
  raw.grantRead(job, `${dataset}/*`);
  runs.grantRead(job);
  runs.grantWrite(job, `*/jobs/${name}.json`);
  quarantine.grantReadWrite(job, `${dataset}/*`); // a rerun replaces what it rejected before
  processed.grantReadWrite(job, `${dataset}/*`);
  databases.processed.grantReadWrite(job, [dataset]);
}

/** The merge publishes every processed table and writes every curated one. */
function grantMerge(job: GlueJob, { lake, databases, piiKey, runLedger }: EtlProps): void {
  const { processed, curated, quarantine, runs } = lake.zones;
  runs.grantRead(job);
  runs.grantWrite(job, "*/jobs/master_data_merge.json");
  processed.grantReadWrite(job);
  curated.grantReadWrite(job);
  // What earlier runs of the date rejected goes when this one is published; it is never read.
  quarantine.grantList(job);
  quarantine.grantDelete(job);
  databases.processed.grantReadWrite(job);
  databases.curated.grantReadWrite(job);
  piiKey.grantRead(job);
  runLedger.grantLock(job, "LOCK#MERGE");
}
