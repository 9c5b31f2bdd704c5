import { mkdirSync } from "node:fs";
import { App, TerraformOutput, TerraformStack } from "cdktf";
import { DATASETS } from "./contracts";
import { ENVIRONMENT_NAMES, type Environment, environment, placeOf, RENAMES, UnknownEnvironmentError } from "./envs";
import { Catalog, CatalogEncryption, CatalogPolicy, LakeFormation, ReaderRole } from "./modules/catalog";
import { Etl, JOB_OF_DATASET } from "./modules/etl";
import { Ingestion, UploadTrigger } from "./modules/ingestion";
import { Lake, permitDataDeletion } from "./modules/lake";
import { guardAgainstDeletion } from "./modules/lib/deletion-guard";
import { ConfigurationError } from "./modules/lib/errors";
import type { FunctionSettings } from "./modules/lib/lambda-function";
import { DATABASE_ZONES, FUNCTION_DEAD_LETTER_QUEUE, names as namesOf } from "./modules/lib/naming";
import { Queue } from "./modules/lib/queue";
import { readMessage } from "./modules/lib/queue-measures";
import { record } from "./modules/lib/record";
import { keepState } from "./modules/lib/renames";
import { configureTerraform } from "./modules/lib/terraform";
import { Monitoring } from "./modules/monitoring";
import { EndedRuns, Orchestration, RunBus, RunLedger } from "./modules/orchestration";
import { Query } from "./modules/query";
import {
  boundaryOf,
  CodeSigning,
  DataKey,
  LogsKey,
  Network,
  PermissionBoundary,
  PiiKey,
  PiiKeyRotation,
  Trail,
} from "./modules/security";

/** The whole lake of one environment. */
export class CommerceLakeStack extends TerraformStack {
  constructor(app: App, env: Environment) {
    const names = namesOf(env);
    super(app, names.stack);
    configureTerraform(this, names.stack, env);
    keepState(this, RENAMES);
    if (env.protected) guardAgainstDeletion(this);
    if (!env.protected) permitDataDeletion(this);
    const { destroyData } = env;

    const boundary = boundaryOf(env.access.permissionBoundary, names.permissionBoundary);
    if (boundary !== undefined) new PermissionBoundary(this, "PermissionBoundary", boundary);
    const logsKey = env.encryption.logs
      ? new LogsKey(this, "LogsKey", {
          alias: names.keyAlias("logs"),
          trails: env.audit.enabled ? [names.trail] : [],
        })
      : undefined;
    const dataKey =
      env.encryption.data === "kms" ? new DataKey(this, "DataKey", { alias: names.keyAlias("data") }) : undefined;
    const { enabled: inNetwork, ...network } = env.network;
    const vpc = inNetwork
      ? new Network(this, "Network", { names, ...network, flowLogRetentionDays: env.logs.retentionDays })
      : undefined;

    const lake = new Lake(this, "Lake", {
      bucketName: names.bucket,
      destroyData,
      lifecycle: env.retention.enforced,
      noncurrentDays: env.retention.noncurrentDays,
      ...(dataKey === undefined ? {} : { kmsKeyArn: dataKey.keyArn }),
      zones: {
        raw: { expireDays: env.retention.rawDays },
        quarantine: { expireDays: env.retention.quarantineDays },
        runs: { expireDays: env.retention.runsDays },
        "athena-results": { expireDays: env.retention.queryResultsDays },
      },
    });
    if (env.audit.enabled) {
      new Trail(this, "Trail", {
        name: names.trail,
        bucketName: `${names.bucket}-trail`,
        watched: [lake.bucketArn],
        accessLogs: lake.accessLogs,
        retentionDays: env.audit.retentionDays,
        lifecycle: env.retention.enforced,
        destroyData,
        ...(logsKey === undefined ? {} : { kmsKeyArn: logsKey.keyArn }),
      });
    }
    const functions: FunctionSettings = {
      logRetentionDays: env.logs.retentionDays,
      tracing: env.tracing.enabled,
      concurrency: env.functions.concurrency,
      ...(vpc === undefined ? {} : { network: vpc.functions }),
      ...(env.functions.signed
        ? {
            codeSigner: new CodeSigning(this, "CodeSigning", {
              profilePrefix: names.signingProfilePrefix,
              store: lake.artifacts,
            }),
          }
        : {}),
    };
    const { crawlers, lakeFormation } = env.catalog;
    const catalog = new Catalog(this, "Catalog", {
      names,
      zones: lake.zones,
      ...(crawlers === "on-demand" ? {} : { crawlerSchedule: crawlers.schedule }),
      ...(lakeFormation.enabled
        ? { lakeFormation: new LakeFormation(this, "LakeFormation", { names, zones: lake.zones, ...lakeFormation }) }
        : {}),
    });
    const { databases } = catalog;
    if (env.catalog.encrypted) new CatalogEncryption(this, "CatalogEncryption", { names });
    if (env.catalog.policy) {
      new CatalogPolicy(this, "CatalogPolicy", {
        databases,
        protected: env.protected,
        readers: env.catalog.readers,
      });
    }
    const piiKey = new PiiKey(this, "PiiKey", {
      name: names.piiKeySecret,
      ...(destroyData ? { recoveryDays: 0 } : {}),
    });
    const ingestion = new Ingestion(this, "Ingestion", {
      names,
      lake,
      functions,
      validatorMemoryMb: env.functions.validatorMemoryMb,
      protected: env.protected,
    });
    const runLedger = new RunLedger(this, "RunLedger", { name: names.runLedger, protected: env.protected });
    const etl = new Etl(this, "Etl", {
      names,
      lake,
      databases,
      runLedger,
      piiKey,
      ...env.jobs,
      logRetentionDays: env.logs.retentionDays,
      ...(vpc === undefined ? {} : { network: vpc.jobs }),
      ...(logsKey === undefined ? {} : { logsKeyArn: logsKey.keyArn }),
    });
    const query = new Query(this, "Query", {
      names,
      lake,
      databases,
      runLedger,
      functions,
      bytesScannedCutoff: env.queries.bytesScannedCutoff,
      destroyData,
    });
    const analysts = new ReaderRole(this, "Analysts", {
      name: names.role("analysts"),
      description: "Reads curated tables",
      trusted: env.access.analysts,
    });
    catalog.grantRead(analysts, "curated");
    query.analysts.grantQuery(analysts);
    query.workgroup.grantSavedQueries(analysts);
    const engineers = new ReaderRole(this, "Engineers", {
      name: names.role("engineers"),
      description: "Reads all zones",
      trusted: env.access.engineers,
    });
    for (const zone of DATABASE_ZONES) catalog.grantRead(engineers, zone);
    lake.zones.quarantine.grantRead(engineers);
    lake.zones.runs.grantRead(engineers);
    query.workgroup.grantQuery(engineers);
    query.workgroup.grantSavedQueries(engineers);

    const monitoring = new Monitoring(this, "Monitoring", {
      names,
      lake,
      runLedger,
      functions,
      limits: { ...env.alarms, lateAfterHours: env.batch.schedule.enabled ? env.alarms.lateAfterHours : undefined },
      budget: env.budget,
      subscriptions: env.alerts.subscriptions,
      // On a laptop there is nobody to tell.
      subscriptionsIn: env.platform === "local" ? false : placeOf(env, "alerts.subscriptions"),
      runbook: env.alerts.runbook,
    });

    const orchestration = new Orchestration(this, "Orchestration", {
      names,
      lake,
      runLedger,
      functions: {
        validateFile: ingestion.validateFile,
        buildManifest: ingestion.buildManifest,
        dataQuality: query.dataQuality,
        refreshTables: query.refreshTables,
        summarizeRun: monitoring.summarizeRun,
      },
      datasets: record(DATASETS, (dataset) => ({
        crawler: catalog.crawlers[dataset],
        job: etl.jobs[JOB_OF_DATASET[dataset]],
      })),
      mergeJob: etl.jobs.master_data_merge,
      onDatasetFailure: env.batch.onDatasetFailure,
      topics: { notifications: monitoring.notifications, qualityAlerts: monitoring.qualityAlerts },
      settings: {
        // A job's own limit strikes first, and says why.
        timeouts: {
          job: env.jobs.timeoutMinutes * 60 + 300,
          merge: env.jobs.timeoutMinutes * 60 + 300,
          ...env.batch.patience?.timeouts,
        },
        ...(env.batch.patience?.retries === undefined ? {} : { retries: env.batch.patience.retries }),
        crawlerPoll: env.batch.crawlerPollSeconds,
        filePoll: env.batch.filePollSeconds,
        arrivals: { quiet: env.uploads.quietSeconds },
        concurrency: { files: env.batch.filesAtOnce },
      },
      schedule: env.batch.schedule,
      logs: env.logs,
      tracing: env.tracing,
    });

    const bus = new RunBus(this, "RunBus", {
      names,
      store: lake.artifacts,
      stateMachineArn: orchestration.stateMachineArn,
      functions,
    });
    new EndedRuns(this, "EndedRuns", {
      names,
      lake,
      runLedger,
      stateMachineArn: orchestration.stateMachineArn,
      notifications: monitoring.notifications,
      bus,
      jobs: Object.values(etl.jobs),
      history: [query.history.pipeline_runs, query.history.pipeline_run_datasets, query.history.pipeline_run_steps],
      functions,
    });
    new UploadTrigger(this, "UploadTrigger", {
      names,
      lake,
      ingestion,
      runLedger,
      stateMachineArn: orchestration.stateMachineArn,
      functions,
      batchingWindowSeconds: env.uploads.batchingWindowSeconds,
      retrySeconds: env.uploads.retrySeconds,
    });
    const rotation =
      env.piiKey.rotateDays === "never"
        ? undefined
        : new PiiKeyRotation(this, "PiiKeyRotation", {
            names,
            piiKey,
            store: lake.artifacts,
            functions,
            days: env.piiKey.rotateDays,
          });
    // A run waits for its functions and sees how they fail; who invokes one by hand and does not wait, hears of it so.
    const failed = new Queue(this, "FailedInvocations", {
      names,
      of: FUNCTION_DEAD_LETTER_QUEUE,
      advice: {
        says: "A function failed on an event that nobody waited for. The message says which, on what, and why.",
        command: readMessage(names.queue(FUNCTION_DEAD_LETTER_QUEUE)),
      },
    });
    for (const fn of [
      ingestion.buildManifest,
      query.dataQuality,
      query.refreshTables,
      monitoring.summarizeRun,
      monitoring.tellAlarm,
      ...(rotation === undefined ? [] : [rotation.rotator]),
    ]) {
      fn.sendFailuresTo(failed);
    }
    const output = (id: string, value: string, description: string) =>
      new TerraformOutput(this, id, { value, description, staticId: true });
    output("bucket", lake.bucketName, "The lake's bucket");
    output("state_machine", orchestration.stateMachineArn, "The state machine of the daily batch");
    output("analysts_role", analysts.arn, "Role that analysts take on");
    output("engineers_role", engineers.arn, "Role that engineers take on");
    output("analysts_workgroup", query.analysts.workgroupName, "Athena workgroup of analysts");
    output("event_bus", bus.name, "The event bus that takes requests for runs, and tells of their ends");
    output("workgroup", query.workgroup.workgroupName, "Athena workgroup for queries of the lake");
  }
}

/**
 * The app with the stacks of the environments asked for.
 *
 * @param outdir where to write. @default cdktf's own choice: `CDKTF_OUTDIR`, else `cdktf.out`
 * @throws UnknownEnvironmentError on a name that is none.
 */
export function commerceLake(selected: readonly string[], outdir = process.env.CDKTF_OUTDIR ?? "cdktf.out"): App {
  const chosen = selected.map(environment);
  mkdirSync(outdir, { recursive: true });
  const app = new App({ stackTraces: false, outdir });
  for (const env of chosen) new CommerceLakeStack(app, env);
  return app;
}

if (require.main === module) {
  const { LAKE_ENV } = process.env;
  // cdktf writes down where each of its thousands of tokens was made: looked up in source maps, that takes a fifth of a synthesis.
  process.setSourceMapsEnabled(false);
  try {
    commerceLake(LAKE_ENV ? [LAKE_ENV] : ENVIRONMENT_NAMES).synth();
  } catch (error) {
    // What a person can mend is said in a sentence; the rest is a fault of ours and comes with its stack.
    if (!(error instanceof UnknownEnvironmentError || error instanceof ConfigurationError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    process.setSourceMapsEnabled(true); // an error that goes on from here is printed with the lines of the sources
  }
}
