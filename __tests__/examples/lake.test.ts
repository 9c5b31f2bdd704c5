import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import {
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { LocalAws, localEnvironment } from "../../cli/lib/local-aws";
import { ROOT } from "../../cli/lib/paths";
import { run } from "../../cli/lib/processes";
import { Terraform } from "../../cli/lib/terraform";

/** Milliseconds: the provider alone watches new lifecycle rules for 55 seconds. */
const PATIENCE = 400_000;

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-example-"));
let aws: LocalAws;

beforeAll(async () => {
  aws = await LocalAws.start(folder);
}, PATIENCE);

afterAll(async () => {
  await aws?.stop();
  rmSync(folder, { recursive: true });
}, PATIENCE);

async function empty(s3: S3Client, Bucket: string): Promise<void> {
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  for (const { Key, VersionId } of Versions) await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
}

test(
  "the lake alone: synthesized, applied, unchanged by a second plan, destroyed",
  async () => {
    const tsx = createRequire(path.join(ROOT, "package.json")).resolve("tsx");
    const out = path.join(folder, "cdktf.out");
    const synthesis = await run(
      process.execPath,
      ["--import", pathToFileURL(tsx).href, path.join(ROOT, "examples/lake/main.ts")],
      { cwd: folder, env: { ...process.env, CDKTF_OUTDIR: out }, log: path.join(folder, "synth.log") },
    );
    expect(synthesis).toMatchObject({ code: 0 });
    const stack = path.join(out, "stacks/my-lake");
    const terraform = new Terraform({
      stack,
      work: path.join(folder, "work"),
      env: { ...localEnvironment(aws.local), AWS_REGION: undefined },
    });
    await terraform.init();
    await terraform.apply();
    await expect(terraform.plan()).resolves.toEqual({ add: 0, change: 0, remove: 0 });

    const { endpoint } = aws.local;
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const s3 = new S3Client({ endpoint, region: "eu-central-1", credentials, forcePathStyle: true });
    const Bucket = "my-company-lake";
    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    expect(ServerSideEncryptionConfiguration?.Rules).toMatchObject([
      {
        ApplyServerSideEncryptionByDefault: {
          SSEAlgorithm: "aws:kms",
          KMSMasterKeyID: expect.stringMatching(/:key\//),
        },
      },
    ]);
    const { LoggingEnabled } = await s3.send(new GetBucketLoggingCommand({ Bucket }));
    expect(LoggingEnabled).toMatchObject({ TargetBucket: `${Bucket}-logs`, TargetPrefix: `${Bucket}/` });
    const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(Rules.map(({ ID }) => ID)).toEqual(expect.arrayContaining(["raw", "curated", "leftovers"]));

    // What was logged on the way protects its bucket, as data protect the lake's.
    await expect(terraform.destroy()).rejects.toThrow("BucketNotEmpty");
    await empty(s3, `${Bucket}-logs`);
    await terraform.destroy();
    const state = readFileSync(path.join(folder, "terraform.my-lake.tfstate"), "utf8");
    expect(JSON.parse(state).resources).toEqual([]);
    expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
  },
  PATIENCE,
);
