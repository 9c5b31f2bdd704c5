/**
 * The state machine over functions, crawlers, jobs and topics that are there already, named by their ARNs:
 * `npx tsx examples/orchestration/main.ts`, then Terraform in `cdktf.out/stacks/my-batch`.
 */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { DATASETS } from "../../contracts";
import { JOB_OF_DATASET } from "../../modules/etl";
import { type FunctionName, type JobName, names as namesOf } from "../../modules/lib/naming";
import { record } from "../../modules/lib/record";
import { requireVersions } from "../../modules/lib/terraform";
import { Orchestration, RunLedger } from "../../modules/orchestration";

const app = new App();
const stack = new TerraformStack(app, "my-batch");
new AwsProvider(stack, "Aws", { region: "eu-central-1" });
requireVersions(stack);

const names = namesOf({ name: "orchestration", account: "123456789012" });
const arn = (service: string, what: string) => `arn:aws:${service}:eu-central-1:123456789012:${what}`;
const fn = (name: FunctionName) => ({
  functionName: names.function(name),
  functionArn: arn("lambda", `function:${names.function(name)}`),
});
const job = (name: JobName) => ({ name: names.job(name), arn: arn("glue", `job/${names.job(name)}`) });
const crawler = (name: string) => ({ name, arn: arn("glue", `crawler/${name}`) });

new Orchestration(stack, "Orchestration", {
  names,
  lake: { bucketName: names.bucket, bucketArn: `arn:aws:s3:::${names.bucket}` },
  runLedger: new RunLedger(stack, "RunLedger", { name: names.runLedger, protected: false }),
  functions: {
    validateFile: fn("validate-file"),
    buildManifest: fn("build-manifest"),
    dataQuality: fn("data-quality"),
    refreshTables: fn("refresh-tables"),
    summarizeRun: fn("summarize-run"),
  },
  datasets: record(DATASETS, (dataset) => ({
    crawler: crawler(names.crawler(dataset)),
    job: job(JOB_OF_DATASET[dataset]),
  })),
  mergeJob: job("master_data_merge"),
  topics: {
    notifications: { arn: arn("sns", names.notificationsTopic) },
    qualityAlerts: { arn: arn("sns", names.qualityAlertsTopic) },
  },
  schedule: { expression: "cron(0 3 * * ? *)", enabled: true },
  logs: { retentionDays: 30 },
  tracing: { enabled: true },
});
app.synth();
