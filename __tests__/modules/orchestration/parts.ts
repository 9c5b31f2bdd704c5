import { DATASETS, type Dataset } from "../../../contracts";
import type { RunParts } from "../../../modules/orchestration";

const ACCOUNT = "arn:aws:%:us-east-1:123456789012";

const arn = (service: string, resource: string) => `${ACCOUNT.replace("%", service)}:${resource}`;
const fn = (functionName: string) => ({ functionName, functionArn: arn("lambda", `function:${functionName}`) });
const job = (name: string) => ({ name, arn: arn("glue", `job/${name}`) });
const crawler = (name: string) => ({ name, arn: arn("glue", `crawler/${name}`) });

/** What a run is made of, in an environment called `test`. */
export const PARTS: RunParts = {
  environment: "test",
  lake: { bucketName: "data-lake-test", bucketArn: "arn:aws:s3:::data-lake-test" },
  runLedger: { tableName: "run-ledger-test", tableArn: arn("dynamodb", "table/run-ledger-test") },
  functions: {
    validateFile: fn("validate-file"),
    buildManifest: fn("build-manifest"),
    dataQuality: fn("data-quality"),
    refreshTables: fn("refresh-tables"),
    summarizeRun: fn("summarize-run"),
  },
  datasets: Object.fromEntries(
    DATASETS.map((dataset) => [dataset, { crawler: crawler(`raw-${dataset}`), job: job(`etl-${dataset}`) }]),
  ) as RunParts["datasets"], // fromEntries forgets that every dataset is there
  mergeJob: job("merge"),
  topics: {
    notifications: { arn: arn("sns", "pipeline-notifications-test") },
    qualityAlerts: { arn: arn("sns", "data-quality-alerts-test") },
  },
};

export const ALL_DATASETS: readonly Dataset[] = DATASETS;
