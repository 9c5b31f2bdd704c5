import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateStateMachineCommand, ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { build } from "esbuild";
import { fromAttributes, toAttributes } from "../../functions/lib/dynamo";
import { bareEtag } from "../../functions/lib/lake-objects";
import { nextRun } from "../../functions/start-pipeline/start-pipeline";
import { BUNDLE_OPTIONS } from "../../modules/lib/bundle";
import { createBucket, createLedger, type Moto, startMoto } from "./moto";
import { objectCreated } from "./object-created";

const functions = join(__dirname, "../../functions");
const NAMES = readdirSync(functions, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "lib")
  .map((entry) => entry.name);
const RUN = { run: "2025-01-15-cli-1", date: "2025-01-15", processingTime: "2025-01-16T02:00:00Z" };

/** The bundle of each handler as it is deployed, and what of it is ours. */
async function bundle(name: string) {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(functions, name, "index.ts")],
    ...BUNDLE_OPTIONS,
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const [output] = Object.values(metafile.outputs);
  const ofSdk = Object.entries(output?.inputs ?? {}).filter(([path]) =>
    /node_modules\/@(aws-sdk|smithy|aws-crypto)\//.test(path),
  );
  const sdkBytes = ofSdk.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  return { code: outputFiles[0]?.text ?? "", ownBytes: (output?.bytes ?? 0) - sdkBytes };
}

async function createQueue(QueueName: string): Promise<string> {
  const { QueueUrl = "" } = await new SQSClient({}).send(new CreateQueueCommand({ QueueName }));
  return QueueUrl;
}

let moto: Moto;
let folder: string;
let host: ChildProcess;
const sizes = new Map<string, { code: string; ownBytes: number }>();
/** Calls a deployed handler in a Node process of its own, as Lambda does: jest's modules are not Node's. */
const handler =
  (name: string) =>
  async (event: unknown): Promise<unknown> => {
    host.send({ path: join(folder, `${name}.js`), event });
    const [{ result, error }] = await once(host, "message");
    if (error !== undefined) throw Object.assign(new Error(error.message), { name: error.name });
    return result;
  };

beforeAll(async () => {
  moto = await startMoto();
  Object.assign(process.env, {
    LAKE_ENV: "local",
    LAKE_BUCKET: "lake",
    NOTIFICATIONS_TOPIC: "arn:aws:sns:us-east-1:123456789012:pipeline-notifications-local",
    QUALITY_ALERTS_TOPIC: "arn:aws:sns:us-east-1:123456789012:data-quality-alerts-local",
    COST_ALERTS_TOPIC: "arn:aws:sns:us-east-1:123456789012:cost-alerts-local",
    FILE_LEDGER_TABLE: "file-ledger-local",
    RUN_LEDGER_TABLE: "run-ledger-local",
    ATHENA_WORKGROUP: "primary",
    RAW_DATABASE: "raw_local",
    PROCESSED_DATABASE: "processed_local",
    CURATED_DATABASE: "curated_local",
    STATE_MACHINE_ARN: "arn:aws:states:us-east-1:123456789012:stateMachine:commerce-lake-local",
    EVENT_BUS: "commerce-lake-local",
    CODE_VERSION: "0.0.0+test",
    REFUSED_QUEUE_URL: await createQueue("refused"),
  });
  await createBucket("lake");
  await createLedger("file-ledger-local", "updated_at");
  await createLedger("run-ledger-local", "started_at");
  folder = mkdtempSync(join(tmpdir(), "functions-"));
  for (const [name, built] of await Promise.all(NAMES.map(async (name) => [name, await bundle(name)] as const))) {
    sizes.set(name, built);
    writeFileSync(join(folder, `${name}.js`), built.code);
  }
  host = fork(join(__dirname, "handler-host.cjs"), { execArgv: [], silent: true, env: { ...process.env } });
});
afterAll(async () => {
  host.disconnect();
  rmSync(folder, { recursive: true });
  await moto.stop();
});

test.each(NAMES)("the bundle of %s is small: what is ours under 84 KB, with the AWS SDK under 540 KB", (name) => {
  const { code, ownBytes } = sizes.get(name) ?? { code: "", ownBytes: Number.NaN };
  console.info(
    `${name}: ${Math.round(code.length / 1024)} KB, ${Math.round(ownBytes / 1024)} KB without the AWS SDK, ${Math.round(gzipSync(code).length / 1024)} KB compressed`,
  );
  expect(ownBytes).toBeLessThan(84 * 1_024);
  expect(code.length).toBeLessThan(540 * 1_024);
});

test.each(NAMES)("%s carries no provider of credentials that Lambda never uses", (name) => {
  const { code } = sizes.get(name) ?? { code: "AssumeRoleWithWebIdentity" };
  const has = (text: string) => code.includes(text);
  expect([has("AWS_SECRET_ACCESS_KEY"), has("AssumeRoleWithWebIdentity"), has("sso_start_url")]).toEqual([
    true,
    false,
    false,
  ]);
});

test("nothing is compiled when a function runs, and no contract of another table is carried along", () => {
  const { code } = sizes.get("validate-file") ?? { code: "" };
  expect([code.includes("new Function"), code.includes("contract:curated")]).toEqual([false, false]);
});

test("request-run puts an event that asks for nothing aside, and says what is wrong with it", async () => {
  expect(await handler("request-run")({ "detail-type": "RunWanted" })).toEqual({ outcome: "refused" });
  const QueueUrl = process.env.REFUSED_QUEUE_URL;
  const { Messages = [] } = await new SQSClient({}).send(
    new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ["All"] }),
  );
  expect(Messages).toMatchObject([
    {
      Body: '{"detail-type":"RunWanted"}',
      MessageAttributes: { ERROR_MESSAGE: { StringValue: expect.stringContaining('"RunWanted"') } },
    },
  ]);
});

test.each(NAMES.filter((name) => name !== "request-run"))(
  "%s refuses an event that is none, by a name that survives minification",
  async (name) => {
    await expect(handler(name)({})).rejects.toMatchObject({ name: "InvalidEvent" });
    await expect(handler(name)(null)).rejects.toMatchObject({ name: "InvalidEvent" });
  },
);

test("a run's files go through the deployed code, from upload to summary", async () => {
  const s3 = new S3Client({ forcePathStyle: true });
  const upload = async (key: string, content: string) => {
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket: "lake", Key: key, Body: Buffer.from(content) }));
    return { key, etag: ETag };
  };
  const header = "review_id,product_id,customer_id,rating,review_date";
  const good = `${header}\n${Array.from({ length: 10 }, (_, index) => `R${index},P,C,5,2025-01-15`).join("\n")}\nR,P,C,6,2025-01-15\n`;
  const folder = "raw/reviews/date=2025-01-15";
  const files = [
    await upload(`${folder}/a b+c%.csv`, good),
    await upload(`${folder}/copy.csv`, good),
    await upload(`${folder}/empty.csv`, ""),
  ];
  const batch = { ...RUN, bucket: "lake", dataset: "reviews" };
  const [first, ...others] = files;
  expect(await handler("validate-file")({ ...batch, files: [first] })).toEqual({
    accepted: 1,
    duplicate: 0,
    rejected: 0,
  });
  expect(await handler("validate-file")({ ...batch, files: others })).toEqual({
    accepted: 0,
    duplicate: 1,
    rejected: 1,
  });
  for (const wrong of [{ bucket: "elsewhere" }, { files: "none" }, { files: [{ key: "" }] }]) {
    await expect(handler("validate-file")({ ...batch, files, ...wrong })).rejects.toMatchObject({
      name: "InvalidEvent",
    });
  }

  const built = await handler("build-manifest")({ ...RUN, datasets: ["transactions", "reviews"] });
  expect(built).toMatchObject({
    withFiles: ["reviews"],
    datasets: { reviews: { accepted: 1, duplicate: 1, rejected: 1, rows: 11 } },
  });

  const summary = await handler("summarize-run")({
    ...RUN,
    trigger: "cli",
    status: "FAILED",
    files: built,
    error: { step: "EtlJobs", error: "E", cause: "no Spark here" },
  });
  expect(summary).toMatchObject({
    subject: "[commerce-lake local] 2025-01-15 FAILED: failed at EtlJobs",
    output: {
      status: "FAILED",
      files: { reviews: { accepted: 1, duplicate: 1, rejected: 1 }, products: { accepted: 0 } },
    },
  });
  const written = await s3.send(
    new GetObjectCommand({ Bucket: "lake", Key: "runs/date=2025-01-15/run=2025-01-15-cli-1/summary.json" }),
  );
  expect(JSON.parse((await written.Body?.transformToString()) ?? "")).toMatchObject({
    excluded: [{ state: "duplicate" }, { state: "rejected" }],
  });
  const { Item } = await new DynamoDBClient({}).send(
    new GetItemCommand({
      TableName: "run-ledger-local",
      Key: toAttributes({ pk: "DATE#2025-01-15", sk: "RUN#2025-01-15-cli-1" }),
    }),
  );
  expect(fromAttributes(Item ?? {})).toMatchObject({
    state: "FAILED",
    failed_step: "EtlJobs",
    trigger: "cli",
    started_at: RUN.processingTime,
  });
});

test("data quality without job reports fails the gate, through the deployed code", async () => {
  const manifest = "runs/date=2025-01-15/run=2025-01-15-cli-1/manifest.json";
  const result = await handler("data-quality")({ ...RUN, manifest, withFiles: ["reviews"] });
  expect(result).toMatchObject({
    verdict: "fail",
    failed: ["reviews.rows.written"],
    report: "runs/date=2025-01-15/run=2025-01-15-cli-1/quality.json",
  });
});

test("a promotion that names no check is refused, through the deployed code", async () => {
  const event = { ...RUN, manifest: "manifest.json", withFiles: ["reviews"], promote: ["*", "reviews.rows.volum"] };
  await expect(handler("data-quality")(event)).rejects.toThrow(
    'The event\'s "promote" names "reviews.rows.volum", which is no check (is "reviews.rows.volume" meant?).',
  );
});

test("refresh without a merge report is an error, through the deployed code", async () => {
  await expect(handler("refresh-tables")({ ...RUN, withFiles: ["reviews"] })).rejects.toThrow(
    "The merge left no list of tables",
  );
});

test("an upload goes through the deployed code by S3's own event, from its arrival to a run", async () => {
  const stepFunctions = new SFNClient({});
  const machine = await stepFunctions.send(
    new CreateStateMachineCommand({
      name: "commerce-lake-local",
      roleArn: "arn:aws:iam::123456789012:role/any",
      definition: JSON.stringify({ StartAt: "Keep", States: { Keep: { Type: "Pass", End: true } } }),
    }),
  );
  const key = "raw/reviews/date=2025-01-20/a b+c%.csv";
  const content = "review_id,product_id,customer_id,rating,review_date\nU1,P,C,5,2025-01-15\n";
  const { ETag } = await new S3Client({ forcePathStyle: true }).send(
    new PutObjectCommand({ Bucket: "lake", Key: key, Body: content }),
  );
  const event = objectCreated({ key, etag: bareEtag(ETag), size: content.length, time: "2025-01-20T02:00:00Z" });
  const batch = { Records: [{ messageId: "m1", body: JSON.stringify(event) }] };
  const comesBack = { batchItemFailures: [{ itemIdentifier: "m1" }] };

  expect(await handler("start-pipeline")(batch)).toEqual(comesBack);
  expect(await handler("validate-file")(event)).toMatchObject({ key, state: "accepted", rows: 1 });
  expect(await handler("start-pipeline")(batch)).toEqual(comesBack);
  const { executions } = await stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: machine.stateMachineArn }),
  );
  expect(executions?.map(({ name }) => name)).toEqual([nextRun("2025-01-20", undefined)]);
  await expect(handler("validate-file")(objectCreated({ bucket: "elsewhere", key }))).rejects.toMatchObject({
    name: "InvalidEvent",
  });
});
